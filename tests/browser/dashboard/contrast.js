// Return the texts that are hard to read inside the elements that match a selector: [contrast, text, colours].
(selector) => {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  canvas.width = canvas.height = 1;

  // Any CSS colour as [red, green, blue, alpha], alpha from 0 to 1.
  const parse = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => [...[0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])), 1];
  const luminance = (color) => {
    const [red, green, blue] = color.slice(0, 3).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const opacity = (element) => {
    let share = 1;
    for (let at = element; at; at = at.parentElement) share *= Number(getComputedStyle(at).opacity);
    return share;
  };
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const found = [];
  const check = (element, text) => {
    if (!text.trim() || !shown(element) || element.closest(":disabled, option, script, style")) return;
    const style = getComputedStyle(element);
    const isDrawn = element instanceof SVGElement;
    const color = parse(isDrawn ? style.fill : style.color);
    color[3] *= opacity(element) * (isDrawn ? Number(style.fillOpacity) : 1);
    const below = background(element);
    const [light, dark] = [luminance(over(color, below)), luminance(below)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    checked += 1;
    if (contrast < (isLarge ? 3 : 4.5)) {
      found.push(`${contrast.toFixed(2)}: "${text.trim().slice(0, 40)}" ${isDrawn ? style.fill : style.color}`);
    }
  };
  let checked = 0;
  for (const root of document.querySelectorAll(selector)) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) check(walker.currentNode.parentElement, walker.currentNode.data);
    for (const field of root.querySelectorAll("select, input:not([type=radio], [type=file])")) {
      check(field, field.value || "empty field");
    }
  }
  return { checked, found: [...new Set(found)] };
};
