
// Finds, highlights and lists what the picture's elements say of themselves; there is no other copy of the graph.
"use strict";
(() => {
  const svg = document.querySelector("main svg");
  const aside = document.querySelector("aside");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const nodes = [...svg.querySelectorAll(".nodes .node")].map((element) => ({
    element,
    label: element.dataset.label,
    files: Number(element.dataset.files),
    out: [],
    in: [],
  }));
  const edges = [...svg.querySelectorAll(".edges .edge")].map((element) => ({
    element,
    from: nodes[element.dataset.from],
    to: nodes[element.dataset.to],
    imports: Number(element.dataset.imports),
    kinds: element.dataset.kinds,
    cycle: element.classList.contains("cycle"),
  }));
  for (const edge of edges) {
    edge.from.out.push(edge);
    edge.to.in.push(edge);
  }
  document.documentElement.classList.add("live");

  // What is shown and what is faded. A box under the pointer comes before the chosen one, that before what was found.
  let chosen = null;
  let hovered = null;
  let matches = null;
  const show = () => {
    const centre = hovered || chosen;
    const shown = new Set();
    if (centre) {
      shown.add(centre);
      for (const edge of centre.out) shown.add(edge).add(edge.to);
      for (const edge of centre.in) shown.add(edge).add(edge.from);
    } else if (matches) {
      for (const node of matches) shown.add(node);
    }
    svg.classList.toggle("some", Boolean(centre || matches));
    for (const node of nodes) {
      node.element.classList.toggle("shown", shown.has(node));
      node.element.classList.toggle("chosen", node === chosen);
    }
    for (const edge of edges) {
      edge.element.classList.toggle("shown", shown.has(edge));
      edge.element.classList.toggle("out", Boolean(centre) && edge.from === centre);
      edge.element.classList.toggle("in", Boolean(centre) && edge.to === centre && edge.from !== centre);
    }
  };

  // The list beside the picture.
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const counted = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
  const name = (tag, className, label) => {
    const element = make(tag, className);
    // Lines break after dots rather than inside words.
    for (const part of label.split(/(?<=[./])/)) element.append(part, make("wbr"));
    return element;
  };
  const list = (heading, nobody, className, edges, other) => {
    if (edges.length === 0) {
      aside.append(make("h3", className, `${heading} ${nobody}`));
      return;
    }
    const imports = edges.reduce((sum, edge) => sum + edge.imports, 0);
    aside.append(make("h3", className, `${heading} ${edges.length} (${counted(imports, "import", "imports")})`));
    const items = make("ul");
    for (const edge of [...edges].sort((a, b) => b.imports - a.imports)) {
      const button = make("button");
      button.type = "button";
      const label = name("bdi", edge.cycle ? "label cycle" : "label", other(edge).label);
      const kinds = edge.kinds === "runtime" ? "" : edge.kinds;
      button.append(label, make("span", "kinds", kinds), make("span", "count", `× ${edge.imports.toLocaleString("en")}`));
      button.addEventListener("click", () => choose(other(edge), true));
      const item = make("li");
      item.append(button);
      items.append(item);
    }
    aside.append(items);
  };
  const choose = (node, moveThere) => {
    chosen = node;
    aside.replaceChildren();
    aside.hidden = !node;
    if (node) {
      const heading = make("h2");
      heading.append(name("bdi", "", node.label));
      const cycle = node.element.classList.contains("cycle") ? " · in a cycle" : "";
      aside.append(heading, make("p", "", counted(node.files, "file", "files") + cycle));
      list("imports", "nothing here", "out", node.out, (edge) => edge.to);
      list("imported by", "nobody here", "in", node.in, (edge) => edge.from);
      if (moveThere) centreOn(node);
    }
    show();
  };

  // Moving and zooming: the part of the picture that is seen.
  const whole = { x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height };
  let view = { ...whole };
  const look = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  const toPicture = (clientX, clientY) => new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
  const zoom = (factor, clientX, clientY) => {
    const width = Math.min(Math.max(view.width * factor, 80), whole.width * 4);
    const scale = width / view.width;
    const fixed = toPicture(clientX, clientY);
    view = {
      x: fixed.x - (fixed.x - view.x) * scale,
      y: fixed.y - (fixed.y - view.y) * scale,
      width,
      height: view.height * scale,
    };
    look();
  };
  const zoomInMiddle = (factor) => {
    const box = svg.getBoundingClientRect();
    zoom(factor, box.x + box.width / 2, box.y + box.height / 2);
  };
  // All of it; but a small picture need not fill a large window.
  const fit = () => {
    const largest = 1.25;
    const seen = svg.getBoundingClientRect();
    const width = Math.max(whole.width, seen.width / largest);
    const height = Math.max(whole.height, seen.height / largest);
    const isSmall = width > whole.width && height > whole.height;
    view = isSmall ? { x: (whole.width - width) / 2, y: (whole.height - height) / 2, width, height } : { ...whole };
    look();
  };
  const centreOn = (node) => {
    const box = node.element.getBoundingClientRect();
    const seen = svg.getBoundingClientRect();
    const from = toPicture(seen.x + seen.width / 2, seen.y + seen.height / 2);
    const to = toPicture(box.x + box.width / 2, box.y + box.height / 2);
    view.x += to.x - from.x;
    view.y += to.y - from.y;
    look();
  };
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))), event.clientX, event.clientY);
  }, { passive: false });
  let drag = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button === 0) drag = { at: toPicture(event.clientX, event.clientY), x: event.clientX, y: event.clientY, moved: false };
  });
  svg.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 4) return;
    if (!drag.moved) svg.setPointerCapture(event.pointerId);
    drag.moved = true;
    svg.classList.add("dragged");
    const now = toPicture(event.clientX, event.clientY);
    view.x += drag.at.x - now.x;
    view.y += drag.at.y - now.y;
    look();
  });
  const drop = () => {
    svg.classList.remove("dragged");
    // The click that follows is the end of the movement.
    setTimeout(() => { drag = null; }, 0);
  };
  svg.addEventListener("pointerup", drop);
  svg.addEventListener("pointercancel", drop);

  // Boxes under the pointer, and chosen ones.
  for (const node of nodes) {
    node.element.setAttribute("tabindex", "0");
    node.element.setAttribute("role", "button");
    node.element.addEventListener("pointerenter", () => { if (!drag) { hovered = node; show(); } });
    node.element.addEventListener("pointerleave", () => { hovered = null; show(); });
    node.element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(node, false);
      }
    });
  }
  svg.addEventListener("click", (event) => {
    if (drag && drag.moved) return;
    const element = event.target.closest(".nodes .node");
    choose(element ? nodes[element.dataset.node] : null, false);
  });

  // Search.
  const find = () => {
    const wanted = search.value.trim().toLowerCase();
    matches = wanted ? nodes.filter((node) => node.label.toLowerCase().includes(wanted)) : null;
    found.textContent = matches ? `${matches.length} found` : "";
    if (matches) choose(null, false);
    show();
  };
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && matches && matches.length > 0) {
      const next = matches[(matches.indexOf(chosen) + 1) % matches.length];
      choose(next, true);
    }
  });
  document.getElementById("fit").addEventListener("click", fit);
  fit();
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      find();
      choose(null, false);
    } else if (event.target !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "/") {
        event.preventDefault();
        search.focus();
      } else if (event.key === "+" || event.key === "=") {
        zoomInMiddle(1 / 1.25);
      } else if (event.key === "-") {
        zoomInMiddle(1.25);
      } else if (event.key === "0") {
        fit();
      }
    }
  });
})();
