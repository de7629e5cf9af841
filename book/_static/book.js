// What the static page adds to the widgets and to the theme: names for screen
// readers, and TeX in widgets.  Loaded after MathJax and the widgets' manager.
"use strict";

(function () {
  const PLAY = { "fa-play": "Play", "fa-pause": "Pause", "fa-stop": "Stop" };

  /** The manager of the widgets speaks to MathJax 2; this page has MathJax 3. */
  function offerMathJaxQueue() {
    const mathJax = window.MathJax;
    if (!mathJax || mathJax.Hub) return;
    mathJax.Hub = {
      Queue: function () {
        for (const command of arguments) {
          const element = command[2];
          if (!element || !/[$]|\\\(/.test(element.textContent)) continue;
          mathJax.startup.promise.then(() => mathJax.typesetPromise([element]));
        }
      },
    };
  }

  /**
   * Load the widgets' manager when the text stands.  It draws what it finds when
   * the page has loaded; that moment is past, so it is called at once.
   */
  function loadManager() {
    const place = document.querySelector('script[type="text/x-widget-manager"]');
    if (!place) return;
    const script = document.createElement("script");
    const add = window.addEventListener;
    const restore = () => {
      window.addEventListener = add;
    };
    script.addEventListener("load", restore);
    script.addEventListener("error", restore);
    window.addEventListener = function (type, listener, options) {
      if (type === "load") Promise.resolve().then(() => listener.call(window));
      else add.call(window, type, listener, options);
    };
    script.src = place.src;
    place.remove();
    document.head.append(script);
  }

  function loadManagerWhenIdle() {
    const start = () =>
      window.requestIdleCallback
        ? window.requestIdleCallback(loadManager, { timeout: 1500 })
        : setTimeout(loadManager, 200);
    if (window.MathJax && window.MathJax.startup && window.MathJax.startup.promise) {
      window.MathJax.startup.promise.then(start, start);
    } else {
      start();
    }
  }

  /** Name a slider's handle by its label; say its value in words. */
  function nameSlider(slider) {
    const handle = slider.querySelector(".noUi-handle");
    const label = slider.querySelector(".widget-label");
    const readout = slider.querySelector(".widget-readout");
    if (!handle || !label || !readout || handle.hasAttribute("aria-label")) return;
    handle.setAttribute("aria-label", label.textContent.trim());
    const say = () =>
      handle.setAttribute("aria-valuetext", readout.textContent.trim());
    say();
    new MutationObserver(say).observe(readout, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  }

  /** Name the buttons of Play, and say which picture is being played. */
  function namePlay(play) {
    const row = play.closest(".ib-controls");
    const label = row && row.querySelector(".widget-label");
    const what = label ? " through " + label.textContent.trim() : "";
    for (const button of play.querySelectorAll("button")) {
      const icon = button.querySelector("i");
      const kind = Object.keys(PLAY).find((k) => icon && icon.classList.contains(k));
      if (!kind) continue;
      const name = PLAY[kind] + what;
      if (button.getAttribute("aria-label") !== name) {
        button.setAttribute("aria-label", name);
        button.title = name;
        icon.setAttribute("aria-hidden", "true");
      }
    }
  }

  /** Announce the sentence under the picture when the picture changes. */
  function announce(explorer) {
    if (explorer.querySelector(":scope > .ib-announce")) return;
    const live = document.createElement("div");
    live.className = "ib-announce ib-visually-hidden";
    live.setAttribute("role", "status");
    live.setAttribute("aria-live", "polite");
    explorer.append(live);
    let last = null;
    const say = () => {
      const captions = [...explorer.querySelectorAll(".ib-frame figcaption")];
      const shown = captions.find((caption) => caption.offsetParent !== null);
      if (!shown || shown.textContent === last) return;
      // What is there at the start is read with the page.
      if (last !== null) live.textContent = shown.textContent;
      last = shown.textContent;
    };
    say();
    let timer = null;
    new MutationObserver((changes) => {
      if (changes.every((change) => live.contains(change.target))) return;
      clearTimeout(timer);
      timer = setTimeout(say, 250);
    }).observe(explorer, { attributes: true, childList: true, subtree: true });
  }

  function mendWidgets() {
    document.querySelectorAll(".ib-slider").forEach(nameSlider);
    document.querySelectorAll(".ib-play").forEach(namePlay);
    document.querySelectorAll(".ib-explorer").forEach(announce);
  }

  /** What opens before a formula, or ends after it, stays on the formula's line. */
  function keepPunctuation() {
    for (const formula of document.querySelectorAll("article span.math")) {
      const [before, after] = [formula.previousSibling, formula.nextSibling];
      const opening = before && before.nodeType === Node.TEXT_NODE &&
        before.data.match(/[([‘“]+$/);
      const marks = after && after.nodeType === Node.TEXT_NODE &&
        after.data.match(/^[.,;:!?)\]’”]+/);
      if (!opening && !marks) continue;
      const line = document.createElement("span");
      line.className = "ib-one-line";
      formula.before(line);
      if (opening) line.append(before.splitText(opening.index));
      line.append(formula);
      if (marks) {
        after.splitText(marks[0].length);
        line.append(after);
      }
    }
  }

  /** A formula in the text that is wider than the text scrolls by itself. */
  function boxWideFormulas() {
    const formulas = [
      ...document.querySelectorAll('article mjx-container:not([display="true"])'),
    ];
    formulas.forEach((formula) => formula.classList.remove("ib-wide"));
    // Not scrollWidth: the copy for screen readers is wider than what is seen.
    const wide = formulas.filter((formula) => {
      const seen = formula.querySelector("mjx-math");
      const room = formula.clientWidth;
      return seen && room && seen.getBoundingClientRect().width > room + 1;
    });
    wide.forEach((formula) => formula.classList.add("ib-wide"));
  }

  /** A box that scrolls must be reachable by keyboard. */
  function reachScrollBoxes() {
    boxWideFormulas();
    const boxes = document.querySelectorAll(
      ".cell_output .text_html, .pst-scrollable-table-container, " +
        '.bd-article pre, mjx-container[display="true"], mjx-container.ib-wide'
    );
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  /** Unfold everything for paper, and fold it again. */
  function unfoldForPrint() {
    const folded = "details.ib-option:not([open])";
    window.addEventListener("beforeprint", () =>
      document.querySelectorAll(folded).forEach((d) => {
        d.open = true;
        d.dataset.print = "";
      })
    );
    window.addEventListener("afterprint", () =>
      document.querySelectorAll("details[data-print]").forEach((d) => {
        d.open = false;
        delete d.dataset.print;
      })
    );
  }

  offerMathJaxQueue();
  unfoldForPrint();
  window.addEventListener("load", reachScrollBoxes);
  document.fonts.ready.then(reachScrollBoxes);
  if (window.MathJax && window.MathJax.startup) {
    window.MathJax.startup.promise.then(keepPunctuation).then(reachScrollBoxes);
  }
  window.addEventListener("resize", reachScrollBoxes);
  if (document.querySelector('script[type^="application/vnd.jupyter.widget-view"]')) {
    window.addEventListener("load", loadManagerWhenIdle);
    mendWidgets();
    let pending = false;
    new MutationObserver(() => {
      if (pending) return;
      pending = true;
      requestAnimationFrame(() => {
        pending = false;
        mendWidgets();
      });
    }).observe(document.querySelector("main") || document.body, {
      childList: true,
      subtree: true,
    });
  }
})();
