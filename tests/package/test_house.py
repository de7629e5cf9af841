"""The package's own rules: floors, exports, types and docstrings."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from numpydoc.validate import validate

import interpolab

ROOT = Path(interpolab.__file__).parent
FLOORS = {
    "_validation": 0,
    "_fingerprint": 0,
    "_data_files": 0,
    "datasets": 1,
    "linear": 1,
    "asymptotics": 1,
    "kernels": 1,
    "capacity": 2,
    "features": 2,
    "neighbors": 2,
    "divergence": 2,
    "networks": 2,
    "tangent": 3,
    "experiments": 3,
    "ledger": 4,
    "figures": 4,
    "explorers": 5,
    "quizzes": 4,
    "selfcheck": 4,
}
DRAWING = {"figures", "explorers", "quizzes"}
MODULES = sorted(
    name for _, name, _ in pkgutil.iter_modules([str(ROOT)]) if name[0] != "_"
)


def source_files():
    return sorted(path for path in ROOT.rglob("*.py") if path.name != "__init__.py")


def top(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path):
    """Return the package's modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "interpolab"
        ):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [a.name for a in node.names]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("interpolab."):
                    yield alias.name.split(".")[1]


@pytest.mark.parametrize("path", source_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_import_only_from_lower_floors(path):
    module = top(path)
    assert module in FLOORS, f"{module} has no floor"
    for other in set(imported(path)) - {module}:
        assert FLOORS[other] < FLOORS[module], f"{module} imports {other}"
        if module not in DRAWING:
            assert other not in DRAWING, f"{module} computes and imports {other}"


def test_modules_are_loaded_when_they_are_asked_for():
    program = (
        "import sys, interpolab; interpolab.linear.ridge; "
        "print(interpolab.ledger.check.__name__, 'matplotlib' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert out.stdout.split() == ["check", "False"]
    assert set(MODULES) == set(interpolab.__all__) <= set(dir(interpolab))
    with pytest.raises(AttributeError, match="no attribute 'nonlinear'"):
        interpolab.nonlinear  # noqa: B018


def public():
    for name in MODULES:
        module = importlib.import_module(f"interpolab.{name}")
        for member in module.__all__:
            value = getattr(module, member)
            if inspect.isfunction(value) or inspect.isclass(value):
                yield pytest.param(value, id=f"{name}.{member}")


FUNCTIONS = [p for p in public() if inspect.isfunction(p.values[0])]


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are_and_what_they_export(name):
    module = importlib.import_module(f"interpolab.{name}")
    assert module.__doc__
    assert list(module.__all__) == sorted(module.__all__, key=sorting)


def sorting(name):
    """Sort like ruff: constants, classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


# What numpydoc's checks ask beyond the book's own rules: summaries may be
# indented raw strings, "See Also" is not always useful, and so on.
IGNORED = {"GL01", "GL02", "GL03", "GL08", "ES01", "SA01", "SS06", "RT03", "PR09"} | {
    "RT05",
    "SA03",
    "SA04",
    "PR06",
    "YD01",
    "PR02",
    "PR08",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_docstrings_are_complete(function):
    found = validate(f"{function.__module__}.{function.__qualname__}")
    errors = [e for e in found["errors"] if e[0] not in IGNORED]
    assert not errors


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_have_types_and_an_example(function):
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter
    assert signature.return_annotation is not inspect.Signature.empty
    assert ">>>" in inspect.getdoc(function)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_random_functions_demand_their_source_by_name(function):
    parameter = inspect.signature(function).parameters.get("rng")
    if parameter is not None:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is inspect.Parameter.empty


@pytest.mark.parametrize("path", source_files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_global_random_state(path):
    source = path.read_text(encoding="utf-8")
    assert "np.random.seed" not in source
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            own = ("default_rng", "RandomState", "Generator", "SeedSequence", "PCG64")
            if called.startswith("np.random."):
                assert called.removeprefix("np.random.").startswith(own), called
