/* Guanghui pages: one global name, the page's data, elements without HTML strings, words, shared state.
   Text from the data reaches the page by textContent only. ES2015, no modules. */
var Guanghui = {};

(function (G) {
  "use strict";

  G.readData = function () {
    G.data = JSON.parse(document.getElementById("guanghui-data").textContent);
    return G.data;
  };

  /* Element with attributes and children; strings become text nodes. */
  G.el = function (tag, attrs, children) {
    return fill(document.createElement(tag), attrs, children);
  };

  G.svg = function (tag, attrs, children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attrs, children);
  };

  function fill(node, attrs, children) {
    Object.keys(attrs || {}).forEach(function (name) {
      const value = attrs[name];
      if (name === "text") node.textContent = value;
      else if (name === "style") Object.keys(value).forEach(k => node.style.setProperty(k, value[k]));
      else if (name.slice(0, 2) === "on") node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    });
    (children || []).forEach(function (child) {
      if (child) node.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
    });
    return node;
  }

  G.id = id => document.getElementById(id);

  G.replace = function (node, children) {
    while (node.firstChild) node.removeChild(node.firstChild);
    children.forEach(child => child && node.appendChild(child));
    return node;
  };

  let touched = null;
  const hold = event => (touched = event.target), leave = () => (touched = null);
  ["pointerdown", "touchstart"].forEach(type => document.addEventListener(type, hold, { capture: true, passive: true }));
  ["pointerup", "touchend", "touchcancel"].forEach(type => document.addEventListener(type, leave, true));

  /* The control that a hand is on: a finger gives a slider the focus only when it leaves it. */
  G.held = () => (touched && touched.type === "range" ? touched : document.activeElement);

  /* Redraw what stands around a control that a hand is on: the control itself is never taken out, or the drag ends. */
  G.patch = function (node, children, held) {
    const fresh = children.filter(Boolean);
    const old = Array.prototype.filter.call(node.childNodes, child => child.contains(held))[0];
    const like = fresh.filter(child => child.id === held.id || (child.querySelector && child.querySelector("#" + held.id)))[0];
    if (!old || !like) return false;
    Array.prototype.slice.call(node.childNodes).forEach(child => child !== old && node.removeChild(child));
    fresh.slice(0, fresh.indexOf(like)).forEach(child => node.insertBefore(child, old));
    fresh.slice(fresh.indexOf(like) + 1).forEach(child => node.appendChild(child));
    old.className = like.className;
    if (old !== held) return G.patch(old, Array.prototype.slice.call(like.childNodes), held);
    ["aria-label", "aria-valuetext", "style"].forEach(name => like.hasAttribute(name) && held.setAttribute(name, like.getAttribute(name)));
    if (held.value !== like.value) held.value = like.value;
    return true;
  };

  /* Shared state. A listener names the keys it follows and is called once for each change of any of them. */
  G.Store = class {
    constructor(state) {
      this.state = state;
      this.listeners = [];
    }
    on(keys, call) {
      this.listeners.push({ keys: keys, call: call });
      call(this.state);
    }
    set(change) {
      const changed = Object.keys(change).filter(key => this.state[key] !== change[key]);
      changed.forEach(key => (this.state[key] = change[key]));
      if (!changed.length) return;
      this.listeners
        .filter(listener => listener.keys.some(key => changed.indexOf(key) >= 0))
        .forEach(listener => listener.call(this.state));
    }
  };

  /* Language: "zh" or "en". Words are [zh, en]; names from the data fall back to Chinese. */
  G.lang = "zh";

  /* The name in the other language, where it is another. */
  G.second = pair => (pair[0] === pair[1] ? "" : pair[G.lang === "zh" ? 1 : 0]);

  G.pick = function (pair) {
    if (!pair) return "";
    return G.lang === "en" ? pair[1] || pair[0] : pair[0] || pair[1];
  };

  G.t = function (key, values) {
    let text = G.pick(G.data.words[key]);
    Object.keys(values || {}).forEach(name => (text = text.split("{" + name + "}").join(values[name])));
    return text;
  };

  /* Fill every element that names its word: data-t for text, data-t-label for the screen reader. */
  G.translate = function (root) {
    root.querySelectorAll("[data-t]").forEach(node => (node.textContent = G.t(node.getAttribute("data-t"))));
    root.querySelectorAll("[data-t-label]").forEach(function (node) {
      node.setAttribute("aria-label", G.t(node.getAttribute("data-t-label")));
    });
    root.querySelectorAll("[data-t-hint]").forEach(function (node) {
      node.setAttribute("placeholder", G.t(node.getAttribute("data-t-hint")));
    });
  };
})(Guanghui);
