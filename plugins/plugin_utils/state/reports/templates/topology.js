"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const { nodes, links } = JSON.parse(byId("data").textContent);
  const svg = document.querySelector("#map > svg");
  const view = svg.querySelector(".view");
  const whole = { width: Number(svg.dataset.width), height: Number(svg.dataset.height) };
  svg.removeAttribute("viewBox"); // it shows the map where no script runs; from here on the view is moved
  const boxes = nodes.map((_, index) => view.querySelector(`.node[data-node="${index}"]`));
  const ofLink = links.map(() => []);
  view.querySelectorAll("[data-link]").forEach((part) => ofLink[part.dataset.link].push(part));
  const number = new Map(nodes.map((node, index) => [node.id, index]));
  const cables = nodes.map(() => []);
  links.forEach((link, index) => {
    cables[number.get(link.a.node)].push(index);
    if (link.a.node !== link.b.node) cables[number.get(link.b.node)].push(index);
  });
  const NEAR = 0.62; // names of ports are shown from this zoom on, in a big map
  const big = nodes.length > 40;
  let x = 0, y = 0, zoom = 1, picked = null, hits = [], shown = -1, ports = false;

  // -- moving and zooming: screen = map * zoom + (x, y) --------------------------------------
  const limit = (value) => Math.min(6, Math.max(0.02, value));
  const apply = () => {
    view.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${zoom.toFixed(4)})`);
    svg.classList.toggle("far", big && zoom < NEAR);
    svg.dataset.zoom = zoom.toFixed(4);
  };
  const zoomAt = (factor, px, py) => {
    const next = limit(zoom * factor);
    x = px - (px - x) * next / zoom;
    y = py - (py - y) * next / zoom;
    zoom = next;
    apply();
  };
  const zoomMiddle = (factor) => zoomAt(factor, svg.clientWidth / 2, svg.clientHeight / 2);
  const fit = () => {
    if (!svg.clientWidth || !whole.width) return;
    zoom = limit(Math.min(svg.clientWidth / whole.width, svg.clientHeight / whole.height, 1.4));
    x = (svg.clientWidth - whole.width * zoom) / 2;
    y = (svg.clientHeight - whole.height * zoom) / 2;
    apply();
  };
  const middle = (index) => {
    const box = boxes[index].querySelector("rect");
    return [Number(box.getAttribute("x")) + Number(box.getAttribute("width")) / 2,
      Number(box.getAttribute("y")) + Number(box.getAttribute("height")) / 2];
  };
  const centre = (index, least) => {
    const [mx, my] = middle(index);
    zoom = limit(Math.max(zoom, least));
    x = svg.clientWidth / 2 - mx * zoom;
    y = svg.clientHeight / 2 - my * zoom;
    apply();
  };
  const at = (event) => {
    const frame = svg.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoomAt(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * 0.0022), ...at(event));
  }, { passive: false });

  const fingers = new Map();
  let travelled = 0;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, at(event));
  });
  svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (travelled > 4 && !svg.hasPointerCapture(event.pointerId)) {
      // a click must still reach the device under the finger, so only a real move is captured
      svg.setPointerCapture(event.pointerId);
      svg.classList.add("moving");
    }
    if (fingers.size === 1) {
      x += now[0] - before[0];
      y += now[1] - before[1];
      apply();
    } else {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const was = Math.hypot(before[0] - other[0], before[1] - other[1]) || 1;
      const is = Math.hypot(now[0] - other[0], now[1] - other[1]) || 1;
      zoomAt(is / was, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    }
    fingers.set(event.pointerId, now);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    svg.addEventListener(kind, (event) => {
      fingers.delete(event.pointerId);
      if (fingers.size) return;
      svg.classList.remove("moving");
      setTimeout(() => { travelled = 0; }); // after the click that ends a move, which is none
    });
  }

  // -- what is said of a device or a cable; text only, never markup -------------------------
  const panel = byId("details");
  const element = (name, text, parent) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  };
  const STATES = { found: "", unreached: "Not reached", unvisited: "Not visited, known from its neighbours" };
  const FACTS = [["address", "Address"], ["role", "Role"], ["site", "Site"], ["vendor", "Vendor"], ["model", "Model"],
    ["serial", "Serial"], ["version", "Version"], ["platform", "Platform"], ["reason", "Reason"]];
  const jump = (index, parent) => {
    const button = element("button", nodes[index].name, parent);
    button.type = "button";
    button.addEventListener("click", () => { pick(index); centre(index, 0.8); boxes[index].focus({ preventScroll: true }); });
  };
  const fill = (title, words, rows) => {
    panel.querySelector("h2").textContent = title;
    panel.querySelector("p").textContent = words;
    const list = panel.querySelector("dl");
    list.replaceChildren();
    for (const [name, value] of rows) { element("dt", name, list); element("dd", value, list); }
    panel.querySelector("ul").replaceChildren();
    panel.hidden = false;
    return panel.querySelector("ul");
  };
  const light = (indexes, on) => indexes.forEach((index) => ofLink[index].forEach((part) => part.classList.toggle("on", on)));
  const ends = (cable) => [links[cable].a, links[cable].b].map((end) => number.get(end.node));
  const clear = () => {
    if (picked !== null) boxes[picked].classList.remove("picked");
    view.querySelectorAll(".node.near").forEach((box) => box.classList.remove("near"));
    light(links.map((_, index) => index), false);
    picked = null;
    panel.hidden = true;
  };
  const pick = (index) => {
    clear();
    picked = index;
    const node = nodes[index];
    boxes[index].classList.add("picked");
    light(cables[index], true);
    cables[index].flatMap(ends).forEach((end) => boxes[end].classList.add("near"));
    const rows = FACTS.filter(([key]) => node[key]).map(([key, name]) => [name, node[key]]);
    const others = node.addresses.filter((address) => address !== node.address);
    if (others.length) rows.push(["Other addresses", others.join(", ")]);
    const list = fill(node.name, STATES[node.state], rows);
    for (const cable of cables[index]) {
      const link = links[cable];
      const [near, far] = link.a.node === node.id ? [link.a, link.b] : [link.b, link.a];
      const item = element("li", near.interface || "?", list);
      item.append(" to ");
      jump(number.get(far.node), item);
      item.append(far.interface || "?");
    }
  };
  const pickLink = (index) => {
    clear();
    light([index], true);
    ends(index).forEach((end) => boxes[end].classList.add("near"));
    const link = links[index];
    const list = fill("Link", `Seen by ${link.seen_by.join(" and ").toUpperCase()}`, []);
    for (const end of [link.a, link.b]) {
      const item = element("li", undefined, list);
      jump(number.get(end.node), item);
      item.append(end.interface || "?");
    }
  };
  boxes.forEach((box, index) => {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", "button");
    box.setAttribute("aria-label", `${nodes[index].name}. ${STATES[nodes[index].state]}`);
    box.addEventListener("click", () => { if (travelled <= 4) pick(index); });
    box.addEventListener("focus", () => {
      const [mx, my] = middle(index);
      const px = mx * zoom + x, py = my * zoom + y;
      if (px < 0 || py < 0 || px > svg.clientWidth || py > svg.clientHeight) centre(index, zoom);
    });
    box.addEventListener("pointerenter", () => light(cables[index], true));
    box.addEventListener("pointerleave", () => { if (picked !== index) { light(cables[index], false); if (picked !== null) light(cables[picked], true); } });
  });
  ofLink.forEach((parts, index) => {
    const line = parts.find((part) => part.tagName === "line");
    const wide = line.cloneNode(true); // a thin line is hard to hit
    wide.setAttribute("class", "touch");
    line.after(wide);
    wide.addEventListener("click", () => { if (travelled <= 4) pickLink(index); });
    wide.addEventListener("pointerenter", () => light([index], true));
    wide.addEventListener("pointerleave", () => { if (picked === null || !cables[picked].includes(index)) light([index], false); });
  });
  svg.addEventListener("click", (event) => { if (travelled <= 4 && event.target === svg) clear(); });
  byId("close").addEventListener("click", clear);

  // -- searching and filtering ---------------------------------------------------------------
  const search = byId("search"), role = byId("role"), site = byId("site"), status = byId("status");
  const words = nodes.map((node) => [node.name, node.address, node.serial, ...node.addresses].join("\n").toLowerCase());
  const wanted = (node) => (!role || !role.value || node.role === role.value) && (!site || !site.value || node.site === site.value);
  const refresh = (jumpTo) => {
    const text = search.value.trim().toLowerCase();
    const kept = nodes.map(wanted);
    hits = text ? nodes.map((_, index) => index).filter((index) => kept[index] && words[index].includes(text)) : [];
    // the whole name first, then names that begin with it
    const rank = (index) => { const name = nodes[index].name.toLowerCase(); return name === text ? 0 : name.startsWith(text) ? 1 : 2; };
    hits.sort((one, other) => rank(one) - rank(other) || one - other);
    const found = new Set(hits);
    boxes.forEach((box, index) => {
      box.classList.toggle("hit", found.has(index));
      box.classList.toggle("dim", !kept[index] || (text !== "" && !found.has(index)));
    });
    ofLink.forEach((parts, index) => {
      const dim = ends(index).some((end) => !kept[end]) || (text !== "" && !ends(index).some((end) => found.has(end)));
      parts.forEach((part) => part.classList.toggle("dim", dim));
    });
    shown = -1;
    status.textContent = text ? `${hits.length} found` : kept.includes(false) ? `${kept.filter(Boolean).length} shown` : "";
    if (jumpTo && hits.length) next();
  };
  const next = (step = 1) => {
    if (!hits.length) return;
    shown = (shown + step + hits.length) % hits.length;
    centre(hits[shown], 0.8);
    status.textContent = `${shown + 1} of ${hits.length}`;
  };
  search.addEventListener("input", () => refresh(true));
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { if (event.ctrlKey && hits.length) pick(hits[Math.max(shown, 0)]); else next(event.shiftKey ? -1 : 1); }
    if (event.key === "Escape") { search.value = ""; refresh(false); svg.focus(); event.stopPropagation(); }
  });
  for (const box of [role, site]) if (box) box.addEventListener("change", () => refresh(false));

  // -- buttons and keys ----------------------------------------------------------------------
  const togglePorts = () => {
    ports = !ports;
    svg.classList.toggle("all", ports);
    byId("ports").setAttribute("aria-pressed", String(ports));
  };
  byId("in").addEventListener("click", () => zoomMiddle(1.3));
  byId("out").addEventListener("click", () => zoomMiddle(1 / 1.3));
  byId("fit").addEventListener("click", fit);
  byId("ports").addEventListener("click", togglePorts);
  const KEYS = {
    "+": () => zoomMiddle(1.3), "=": () => zoomMiddle(1.3), "-": () => zoomMiddle(1 / 1.3), "0": fit, p: togglePorts,
    "/": () => search.focus(), Escape: clear,
    ArrowLeft: () => { x += 60; apply(); }, ArrowRight: () => { x -= 60; apply(); },
    ArrowUp: () => { y += 60; apply(); }, ArrowDown: () => { y -= 60; apply(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const box = event.target.closest && event.target.closest(".node[data-node]");
    if (box && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); pick(Number(box.dataset.node)); return; }
    const act = KEYS[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  let untouched = true;
  for (const kind of ["wheel", "pointerdown", "keydown", "input"]) document.addEventListener(kind, () => { untouched = false; }, { once: true });
  new ResizeObserver(() => { if (untouched) fit(); }).observe(svg);
  fit();
})();
