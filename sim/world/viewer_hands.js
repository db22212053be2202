/* SPDX-License-Identifier: ISC */
/* What the page says in words, how time moves, and what keys and clicks do. */

/* ---- words ---- */

function legendItem(colour, kind, text) {
	const item = element("span"), mark = element("i", undefined, kind);

	if (kind === "ring")
		mark.style.borderColor = colour;
	else
		mark.style.background = colour;
	item.append(mark, text);
	return item;
}

function countBy(list) {
	const counts = new Map();

	list.forEach(what => counts.set(what, (counts.get(what) || 0) + 1));
	return [...counts].sort((a, b) => b[1] - a[1]);
}

function sayLegend(states) {
	const live = states.filter(s => !HOLLOW.includes(s.word));
	const trees = countBy(live.flatMap(s => s.trees)), items = [];

	for (const [word] of countBy(states.map(s => s.word))) {
		const colour = HOLLOW.includes(word) ? "transparent" :
			(STATES[word] && STATES[word][0]) || style.none;

		items.push(legendItem(colour, "", word));
		if (colour === "transparent")
			items[items.length - 1].firstChild.style.border =
				`1.5px solid ${word === "dead" ? style.bad : style.none}`;
	}
	trees.slice(0, 5).forEach(([tree, n]) =>
		items.push(legendItem(treeColour(tree), "ring", `tree ${tree} \u00d7${n}`)));
	if (trees.length > 5)
		items.push(element("span", `and ${trees.length - 5} more trees`));
	frames.classes.forEach((name, i) => items.push(legendItem(classColour(i), "dot", name)));
	$("legend").replaceChildren(...items);
}

function saySummary(states) {
	const words = countBy(states.map(s => s.word)).map(([word, n]) => `${n} ${word}`);
	const held = states.filter(s => !HOLLOW.includes(s.word)).flatMap(s => s.trees);
	const trees = new Set(held);

	$("summary").textContent = [plural(story.nodes.length, "node") + ": " + words.join(", "),
		held.length < 2 ? (held.length === 0 ? "no tree" : "one tree") :
			trees.size === 1 ? "all trees alike" :
			`${trees.size} different trees`,
		`${plural(frames.told, "frame record")}` +
			(frames.stride > 1 ? `, 1 in ${frames.stride} shown` : "")].join(" \u00b7 ");
}

function treeCell(trees) {
	const cell = element("td");

	trees.forEach(tree => cell.append(legendItem(treeColour(tree), "ring", tree)));
	cell.firstChild && (cell.firstChild.className = "swatch");
	if (trees.length === 0)
		cell.textContent = "\u2013";
	return cell;
}

function sayNodes(states) {
	const rows = states.map((s, i) => {
		const row = element("tr"), routes = s.routes ? s.routes.count : "\u2013";

		row.append(element("td", story.nodes[i].name, "name"), element("td", s.word),
			element("td", s.needFiles > 0 ? `${s.needFiles}` : "0", "number"),
			treeCell(s.trees), element("td", String(routes), "number"));
		if (same(view.chosen, { kind: "node", id: i }))
			row.className = "chosen";
		row.addEventListener("click", () => choose({ kind: "node", id: i }));
		return row;
	});

	$("nodes").querySelector("tbody").replaceChildren(...rows);
}

function table(heads, rows) {
	const t = element("table"), top = heads.length > 0 ? t.createTHead().insertRow() : null;
	const body = t.createTBody();

	heads.forEach(h => top.append(element("th", h)));
	rows.forEach(row => {
		const r = body.insertRow();

		row.forEach(cell => r.append(element("td", cell)));
	});
	return t;
}

const nameOf = i => i < 0 ? "all" : story.nodes[i] ? story.nodes[i].name : `node ${i}`;

function sayNode(box, i, state) {
	const routes = state.routes, n = frames.until(view.t);
	const recent = frames.lastOf(i, n, 6).map(k => [seconds(frames.t[k]),
		["sent to", "from", "lost from"][frames.fate[k]],
		nameOf(frames.fate[k] === 0 ? frames.to[k] : frames.from[k]),
		frames.classes[frames.class[k]], size(frames.bytes[k])]);

	box.append(element("h2", nameOf(i)),
		table([], [["state", state.word],
			["files", `${plural(state.files, "file")}; lacks ${state.needFiles} (${size(state.needBytes)})`],
			["tree", state.trees.join(", ") || "none"],
			["routes", routes ? String(routes.count) : "none"]]));
	if (recent.length > 0)
		box.append(element("h3", "last frames"), table([], recent));
	if (routes && routes.next && routes.next.length > 0)
		box.append(element("h3", "routes"), table(["to", "by way of", "hops"],
			routes.next.map(hop => [nameOf(hop[0]), nameOf(hop[1]), String(hop[2])])));
}

function sayLink(box, l) {
	const n = frames.until(view.t), about = frames.stride > 1 ? "about " : "";
	const way = (from, to, up) => {
		const now = frames.between(from, to, n);

		return [[`${nameOf(from)} \u2192 ${nameOf(to)}`, up ? "heard" : "not heard"],
			["received", `${about}${plural(now.received, "frame")}, ${size(now.bytes)}`],
			["lost", `${about}${plural(now.lost, "frame")}`],
			...[...now.classes].map(([k, count]) => [frames.classes[k], plural(count, "frame")])];
	};

	box.append(element("h2", `${nameOf(l.a)} \u2013 ${nameOf(l.b)}`),
		element("h3", "until now, there"), table([], way(l.a, l.b, at(l.there, view.t))),
		element("h3", "and back"), table([], way(l.b, l.a, at(l.back, view.t))));
}

function sayChosen(states) {
	const box = $("chosen"), scrolled = box.scrollTop;

	box.replaceChildren();
	if (view.chosen === null)
		box.append(element("span", "Click a node or a link to see more of it."));
	else if (view.chosen.kind === "node")
		sayNode(box, view.chosen.id, states[view.chosen.id]);
	else
		sayLink(box, story.links.get(view.chosen.id));
	box.scrollTop = scrolled;
}

function sayEvents() {
	const items = $("events").firstElementChild.children;
	const last = indexAt(story.events.map(e => [e.t]), view.t);

	for (let i = 0; i < items.length; i++) {
		items[i].classList.toggle("later", i > last);
		items[i].classList.toggle("latest", i === last);
	}
	if (last < 0 || last === view.latest)
		return;
	view.latest = last;
	const box = $("events"), item = items[last];

	if (item.offsetTop < box.scrollTop)
		box.scrollTop = item.offsetTop;
	else if (item.offsetTop + item.offsetHeight > box.scrollTop + box.clientHeight)
		box.scrollTop = item.offsetTop + item.offsetHeight - box.clientHeight;
}

function say(states) {
	saySummary(states);
	sayLegend(states);
	sayChosen(states);
	sayEvents();
	if (!$("nodes").hidden)
		sayNodes(states);
}

/* ---- time ---- */

function draw(real) {
	const states = story.nodes.map((n, i) => story.state(i, view.t));

	drawMesh(states);
	drawTrack();
	$("clock").textContent = seconds(view.t);
	$("slider").value = view.t;
	if (!view.playing || real - view.saidAt > 250) {
		view.saidAt = real;
		say(states);
	}
}

function turn(real) {
	view.due = false;
	if (view.playing) {
		view.t += Math.min(real - view.before, 250) / 1000 * view.speed;
		view.before = real;
		if (view.t >= story.end) {
			view.t = story.end;
			play(false);
		}
		redraw();
	}
	draw(real);
}

/* While it stands, what was changed is drawn at once, after the change is whole. */
function redraw() {
	if (view.due)
		return;
	view.due = true;
	if (view.playing)
		requestAnimationFrame(turn);
	else
		queueMicrotask(() => turn(performance.now()));
}

function go(t) {
	view.t = Math.min(Math.max(t, 0), story.end);
	redraw();
}

function play(on) {
	if (on && view.t >= story.end)
		view.t = 0;
	view.playing = on;
	view.before = performance.now();
	$("play").textContent = on ? "Pause" : "Play";
	if (!on)
		history.replaceState(null, "", `#t=${+view.t.toFixed(6)}`);
	redraw();
}

const step = way => go(view.t + way * 0.1 * view.speed);

/* To the next thing in the list of events, or the one before. */
function jump(way) {
	const times = story.events.map(e => e.t).filter(t => way > 0 ? t > view.t + 1e-9 : t < view.t - 1e-9);

	go(times.length === 0 ? (way > 0 ? story.end : 0) : way > 0 ? times[0] : times[times.length - 1]);
}

/* ---- hands ---- */

function choose(what) {
	view.chosen = what;
	redraw();
}

function far(p, a, b) {
	const dx = b[0] - a[0], dy = b[1] - a[1];
	const along = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy || 1);
	const k = Math.min(1, Math.max(0, along));

	return Math.hypot(p[0] - a[0] - k * dx, p[1] - a[1] - k * dy);
}

function whatIsAt(p) {
	const spots = layout.seen;
	let best = null, least = layout.radius + 8;

	spots.forEach((spot, i) => {
		const d = Math.hypot(spot[0] - p[0], spot[1] - p[1]);

		if (d < least)
			least = d, best = { kind: "node", id: i };
	});
	if (best !== null)
		return best;
	least = 7;
	for (const [key, l] of story.links) {
		const d = far(p, spots[l.a], spots[l.b]);

		if (d < least && (at(l.there, view.t) || at(l.back, view.t)))
			least = d, best = { kind: "link", id: key };
	}
	return best;
}

/* The wheel zooms about the pointer; a drag moves; a double click fits it all again. */
function zoom(by, x, y) {
	const middle = [$("mesh").clientWidth / 2, $("mesh").clientHeight / 2];
	const now = Math.min(Math.max(view.zoom * by, 0.5), 40), k = now / view.zoom;

	view.shift = [x - middle[0], y - middle[1]].map((p, i) => p + (view.shift[i] - p) * k);
	view.zoom = now;
	redraw();
}

function listenToMesh() {
	const mesh = $("mesh");
	let down = null;

	mesh.addEventListener("wheel", e => {
		e.preventDefault();
		zoom(Math.exp(-Math.max(-200, Math.min(200, e.deltaY)) / 400), e.offsetX, e.offsetY);
	}, { passive: false });
	mesh.addEventListener("dblclick", () => {
		view.zoom = 1, view.shift = [0, 0];
		redraw();
	});
	mesh.addEventListener("pointerdown", e => {
		down = { x: e.offsetX, y: e.offsetY, shift: view.shift, moved: false };
		mesh.setPointerCapture(e.pointerId);
	});
	mesh.addEventListener("pointermove", e => {
		const p = [e.offsetX, e.offsetY];

		if (down === null) {
			mesh.style.cursor = whatIsAt(p) === null ? "" : "pointer";
			return;
		}
		down.moved = down.moved || Math.hypot(p[0] - down.x, p[1] - down.y) > 4;
		if (down.moved)
			view.shift = [down.shift[0] + p[0] - down.x, down.shift[1] + p[1] - down.y];
		redraw();
	});
	mesh.addEventListener("pointerup", e => {
		if (down !== null && !down.moved)
			choose(whatIsAt([e.offsetX, e.offsetY]));
		down = null;
	});
	mesh.addEventListener("pointercancel", () => {
		down = null;
	});
}

function showTab(name) {
	for (const tab of ["events", "nodes"]) {
		$(tab).hidden = tab !== name;
		$(`tab_${tab}`).setAttribute("aria-pressed", String(tab === name));
	}
	redraw();
}

function setTheme(name) {
	document.documentElement.dataset.theme = name;
	const css = getComputedStyle(document.documentElement);

	style = {};
	for (const word of ["card", "text", "faint", "link", "accent", "bad", "good", "none", "bar"])
		style[word] = css.getPropertyValue(`--${word}`).trim();
	$("theme").textContent = name === "dark" ? "Light" : "Dark";
	redraw();
}

/* #t=12.5, and for those who send links: node=3, tab=nodes, theme=dark. */
function readHash() {
	const words = new URLSearchParams(location.hash.slice(1));
	const t = parseFloat(words.get("t")), node = parseInt(words.get("node"), 10);

	if (words.get("theme") === "dark" || words.get("theme") === "light")
		setTheme(words.get("theme"));
	if (words.get("tab") === "nodes" || words.get("tab") === "events")
		showTab(words.get("tab"));
	if (node >= 0 && node < story.nodes.length)
		choose({ kind: "node", id: node });
	if (isFinite(t))
		go(t);
}

function onKey(e) {
	const acts = { " ": () => play(!view.playing), Home: () => go(0), End: () => go(story.end),
		ArrowLeft: () => e.shiftKey ? jump(-1) : step(-1),
		ArrowRight: () => e.shiftKey ? jump(1) : step(1), Escape: () => choose(null) };

	if (e.ctrlKey || e.altKey || e.metaKey || e.target.tagName === "SELECT" || !acts[e.key])
		return;
	if (e.key === " " && e.target.tagName === "BUTTON" && e.target.id !== "play")
		return;
	e.preventDefault();
	acts[e.key]();
}

function listEvents() {
	const list = $("events").firstElementChild;
	const marks = { held: "\u2713", broken: "\u2717", died: "\u00d7", born: "+", asleep: "z", awake: "!",
		event: "\u25b8" };

	for (const e of story.events) {
		const item = element("li"), button = element("button");

		button.append(element("span", e.t.toFixed(3), "time"),
			element("span", marks[e.kind], e.kind), element("span", e.text, e.kind));
		button.addEventListener("click", () => go(e.t));
		item.append(button);
		list.append(item);
	}
}

function listen() {
	$("play").addEventListener("click", () => play(!view.playing));
	$("first").addEventListener("click", () => go(0));
	$("last").addEventListener("click", () => go(story.end));
	$("back").addEventListener("click", () => step(-1));
	$("ahead").addEventListener("click", () => step(1));
	$("slider").addEventListener("input", () => go(Number($("slider").value)));
	$("speed").addEventListener("change", () => {
		view.speed = Number($("speed").value);
		redraw();
	});
	$("track").addEventListener("click", e =>
		go((e.offsetX - 8) / ($("track").clientWidth - 16) * story.end));
	listenToMesh();
	$("tab_events").addEventListener("click", () => showTab("events"));
	$("tab_nodes").addEventListener("click", () => showTab("nodes"));
	$("theme").addEventListener("click", () =>
		setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
	window.addEventListener("keydown", onKey);
	window.addEventListener("resize", redraw);
	window.addEventListener("hashchange", readHash);
}

function start() {
	const late = $("frames"), dark = matchMedia("(prefers-color-scheme: dark)");

	story = new Story();
	story.readLines($("records").textContent);
	frames = late === null ? Frames.none() : new Frames(JSON.parse(late.textContent));
	if (frames.count > 0)
		story.end = Math.max(story.end, frames.t[frames.count - 1]);
	layout = placesOf();
	document.title = story.title;
	$("title").textContent = story.title + (story.seed === null ? "" : `, seed ${story.seed}`);
	$("slider").max = story.end;
	$("hint").textContent = "space: play or pause \u00b7 arrows: a step, with shift to the next event \u00b7 " +
		"home, end \u00b7 mesh: click, wheel, drag \u00b7 a disc is the state of the folder, its ring the tree" +
		(late === null ? " \u00b7 this page was cut off: there are no frames" : "");
	SPEEDS.forEach(speed => {
		const option = element("option", `\u00d7 ${speed}`);

		option.value = speed;
		option.selected = speed === 1;
		$("speed").append(option);
	});
	listEvents();
	listen();
	setTheme(dark.matches ? "dark" : "light");
	dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
	readHash();
	redraw();
}
document.addEventListener("DOMContentLoaded", start);
