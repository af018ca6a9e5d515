// What is wider than its place moves inside itself; whoever has no mouse moves it by keys, once it has the focus.
"use strict";
{
  const WIDE = ".bd-article :is(table, pre, .virtsdk, .output, .cell_output, .math, figure, [role=group])";
  const mark = () => {
    for (const one of document.querySelectorAll(WIDE)) {
      const moves = /auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth;
      if (moves && !one.hasAttribute("tabindex")) one.tabIndex = 0;
    }
  };
  addEventListener("load", mark);
  addEventListener("resize", mark);
  document.addEventListener("toggle", mark, true);
  document.addEventListener("click", () => setTimeout(mark));
}
