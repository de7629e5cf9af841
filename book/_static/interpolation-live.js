// The landing page's live figure: show the state that the slider names.
document.addEventListener("DOMContentLoaded", () => {
  for (const figure of document.querySelectorAll(".ib-live")) {
    const states = JSON.parse(figure.querySelector(".ib-live-states").textContent);
    const slider = figure.querySelector("input");
    const show = () => {
      const state = states[slider.value];
      figure.querySelector(".ib-fit").setAttribute("d", state.fit);
      const here = figure.querySelector(".ib-here");
      here.setAttribute("cx", state.at[0]);
      here.setAttribute("cy", state.at[1]);
      figure.querySelector("output").textContent = state.size;
      figure.querySelector("figcaption").textContent = state.says;
      slider.setAttribute("aria-valuetext", `${state.size} parameters`);
    };
    slider.addEventListener("input", show);
    show();
  }
});
