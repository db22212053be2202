/* SPDX-License-Identifier: ISC */
/*
 * Draws the mesh and the track of time, as they are at view.t: what is on the canvases
 * follows from `view` and the story alone.
 */

const STATES = {
	"synced": ["#2e9e5b", "\u2713"], "syncing": ["#2f78d6", "\u2193"],
	"scanning": ["#158f94", "\u2026"], "waiting": ["#c98a00", "!"],
	"paused": ["#7d6bb0", "\u2016"], "error": ["#d23b3b", "\u00d7"],
	"dead": [null, "\u00d7"], "asleep": [null, "z"], "no folder": [null, ""],
	"not yet there": [null, ""],
};
const HOLLOW = ["dead", "asleep", "not yet there"];
const CLASSES = { routing: "#2f78d6", control: "#8a929c", interactive: "#b04fc4", bulk: "#e07b1a" };
const MORE_CLASSES = ["#0f9d8a", "#c2427a", "#8c7a00", "#6b63d8"];
const TREES = ["#d6409f", "#00a3b8", "#d9a400", "#7a5af5", "#ff6f59", "#6aa311", "#a0622d",
	"#0b84f3"];
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30];
const FLASH_S = 0.3; /* of real time at this speed */
const DRAWN_MAX = 2500, DRAWN_A_LINK = 14;

const $ = id => document.getElementById(id);
const view = { t: 0, speed: 1, playing: false, chosen: null, before: 0, saidAt: 0, due: false,
	zoom: 1, shift: [0, 0], latest: -1 };
let story, frames, layout, style;

function element(kind, text, className) {
	const e = document.createElement(kind);

	if (text !== undefined)
		e.textContent = text;
	if (className)
		e.className = className;
	return e;
}

const seconds = t => `${t.toFixed(3)} s`;
const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

function size(bytes) {
	const units = ["B", "kB", "MB", "GB"];
	let i = 0;

	for (; bytes >= 1000 && i + 1 < units.length; i++)
		bytes /= 1000;
	return `${bytes < 10 && i > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${units[i]}`;
}

const classColour = i => CLASSES[frames.classes[i]] || MORE_CLASSES[i % MORE_CLASSES.length];

function treeColour(tree) {
	const i = story.trees.get(tree);

	return i < TREES.length ? TREES[i] : `hsl(${Math.round(i * 137.5) % 360} 65% 50%)`;
}

/* ---- where things are ---- */

function placesOf() {
	const given = story.nodes.some(n => n.places.length > 0);
	const laidOut = given ? null : layOut(story);

	return { given, laidOut, seen: [], radius: 10 };
}

function placeAt(i, t) {
	if (!layout.given)
		return layout.laidOut[i];
	return at(story.nodes[i].places, t) || (story.nodes[i].places[0] || [0, [0, 0]])[1];
}

/* Everything that ever stood somewhere fits into the canvas, before it is zoomed. */
function fit(width, height) {
	const all = layout.given ? story.nodes.flatMap(n => n.places.map(p => p[1])) :
		layout.laidOut;
	const xs = all.map(p => p[0]), ys = all.map(p => p[1]);
	const least = a => a.reduce((m, v) => Math.min(m, v), Infinity);
	const most = a => a.reduce((m, v) => Math.max(m, v), -Infinity);
	const [x0, x1, y0, y1] = [least(xs), most(xs), least(ys), most(ys)];
	const wide = Math.max(x1 - x0, 1e-9), high = Math.max(y1 - y0, 1e-9);
	const scale = Math.min((width - 100) / wide, (height - 90) / high);
	const one = isFinite(scale) && scale < 1e9 ? scale * view.zoom : 1;

	return p => [width / 2 + view.shift[0] + (p[0] - (x0 + x1) / 2) * one,
		height / 2 + view.shift[1] + (p[1] - (y0 + y1) / 2) * one];
}

/* A third of the way from a node to the next, for most nodes. */
function radiusFor(spots) {
	if (spots.length > 2000)
		return 3.5;
	const near = spots.map((a, i) => spots.reduce((least, b, k) => k === i ? least :
		Math.min(least, Math.hypot(a[0] - b[0], a[1] - b[1])), Infinity));

	near.sort((a, b) => a - b);
	return spots.length < 2 ? 10 :
		Math.min(Math.max(near[Math.floor(near.length / 2)] * 0.36, 3.5), 10);
}

/* ---- the mesh ---- */

function canvasOf(id) {
	const canvas = $(id), ratio = window.devicePixelRatio || 1;
	const width = canvas.clientWidth, height = canvas.clientHeight;
	const c = canvas.getContext("2d");

	if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
	}
	c.setTransform(ratio, 0, 0, ratio, 0, 0);
	c.clearRect(0, 0, width, height);
	return { c, width, height };
}

function line(c, a, b) {
	c.beginPath();
	c.moveTo(a[0], a[1]);
	c.lineTo(b[0], b[1]);
	c.stroke();
}

const same = (a, b) => a !== null && a.kind === b.kind && a.id === b.id;

function drawLinks(c, spots) {
	for (const [key, l] of story.links) {
		const there = at(l.there, view.t), back = at(l.back, view.t);

		if (!there && !back)
			continue;
		const chosen = same(view.chosen, { kind: "link", id: key });

		c.strokeStyle = chosen ? style.accent : style.link;
		c.lineWidth = chosen ? 3 : story.links.size > 1500 ? 0.6 : 1.2;
		c.setLineDash(there && back ? [] : [4, 4]);
		line(c, spots[l.a], spots[l.b]);
	}
	c.setLineDash([]);
}

/* The next hops of the chosen node, as far as they were told. */
function drawRoutes(c, spots) {
	if (view.chosen === null || view.chosen.kind !== "node")
		return;
	const routes = at(story.nodes[view.chosen.id].routes, view.t);

	c.strokeStyle = style.accent;
	c.lineWidth = 2.5;
	for (const next of new Set(((routes && routes.next) || []).map(hop => hop[1])))
		if (spots[next] !== undefined)
			line(c, spots[view.chosen.id], spots[next]);
}

/* Whoever sends has a halo, in the colour of its last frame. */
function drawSenders(c, spots, r, first, last) {
	const newest = new Map();

	for (let i = first; i < last; i++)
		if (frames.fate[i] === 0)
			newest.set(frames.from[i], i);
	for (const [node, i] of newest) {
		const age = (view.t - frames.t[i]) / (FLASH_S * view.speed);

		if (spots[node] === undefined)
			continue;
		c.globalAlpha = 0.3 * (1 - age);
		c.fillStyle = classColour(frames.class[i]);
		c.beginPath();
		c.arc(spots[node][0], spots[node][1], r + 8 + age * (r + 6), 0, 2 * Math.PI);
		c.fill();
	}
	c.globalAlpha = 1;
}

function drawCross(c, x, y) {
	c.strokeStyle = style.bad;
	c.lineWidth = 2;
	line(c, [x - 4, y - 4], [x + 4, y + 4]);
	line(c, [x - 4, y + 4], [x + 4, y - 4]);
}

/* A frame is on its way for a moment before it is received; a lost one ends in a cross. */
function drawFrame(c, spots, i, age, r) {
	const from = spots[frames.from[i]], to = spots[frames.to[i]];
	const isLost = frames.fate[i] === 2, way = isLost ? Math.min(age, 0.6) : age;

	if (from === undefined || to === undefined)
		return;
	const x = from[0] + (to[0] - from[0]) * way, y = from[1] + (to[1] - from[1]) * way;

	if (isLost && age > 0.6) {
		drawCross(c, x, y);
		return;
	}
	c.fillStyle = classColour(frames.class[i]);
	c.beginPath();
	c.arc(x, y, Math.max(2.2, r / 3), 0, 2 * Math.PI);
	c.fill();
}

function drawFrames(c, spots, r) {
	const span = FLASH_S * view.speed, now = frames.until(view.t);
	const last = frames.until(view.t + span);
	const most = Math.min(DRAWN_MAX, DRAWN_A_LINK * (story.links.size + 4));
	const every = Math.max(Math.ceil((last - now) / most), 1);

	drawSenders(c, spots, r, frames.until(view.t - span), now);
	for (let i = now; i < last; i += every)
		if (frames.fate[i] !== 0)
			drawFrame(c, spots, i, 1 - (frames.t[i] - view.t) / span, r);
}

function drawNode(c, spot, i, state, r) {
	const colour = STATES[state.word] ? STATES[state.word][0] : style.none;
	const hollow = HOLLOW.includes(state.word);
	const [x, y] = spot;

	if (same(view.chosen, { kind: "node", id: i })) {
		c.fillStyle = style.accent;
		c.beginPath();
		c.arc(x, y, r + (r > 7 ? 10 : 7), 0, 2 * Math.PI);
		c.fill();
	}
	c.beginPath();
	c.arc(x, y, r + (state.trees.length === 0 ? 1.5 : r > 7 ? 7 : 4), 0, 2 * Math.PI);
	c.fillStyle = style.card;
	c.fill();
	state.trees.forEach((tree, k) => {
		const slice = 2 * Math.PI / state.trees.length;

		c.beginPath();
		c.arc(x, y, r + (r > 7 ? 4 : 2.5), k * slice, (k + 1) * slice);
		c.strokeStyle = treeColour(tree);
		c.globalAlpha = hollow ? 0.35 : 1;
		c.lineWidth = r > 7 ? 3 : 2;
		c.stroke();
		c.globalAlpha = 1;
	});
	c.beginPath();
	c.arc(x, y, r, 0, 2 * Math.PI);
	c.fillStyle = hollow ? style.card : colour || style.none;
	c.fill();
	if (hollow) {
		c.strokeStyle = state.word === "dead" ? style.bad : style.none;
		c.lineWidth = 1.5;
		c.setLineDash(state.word === "dead" ? [] : [3, 2]);
		c.stroke();
		c.setLineDash([]);
	}
	if (r >= 6 && STATES[state.word]) {
		c.fillStyle = hollow ? (state.word === "dead" ? style.bad : style.faint) : "#fff";
		c.font = `bold ${Math.round(r * 1.35)}px "DejaVu Sans", system-ui, sans-serif`;
		c.textAlign = "center";
		c.textBaseline = "middle";
		c.fillText(STATES[state.word][1], x, y + 0.5);
	}
}

function drawNames(c, spots, r) {
	if (r < 4.5)
		return;
	c.font = '11px system-ui, "DejaVu Sans", sans-serif';
	c.textAlign = "center";
	c.textBaseline = "top";
	c.lineWidth = 3;
	c.lineJoin = "round";
	c.strokeStyle = style.card;
	c.fillStyle = style.text;
	story.nodes.forEach((n, i) => {
		const name = n.name.length > 14 ? `${n.name.slice(0, 13)}\u2026` : n.name;

		c.strokeText(name, spots[i][0], spots[i][1] + r + 9);
		c.fillText(name, spots[i][0], spots[i][1] + r + 9);
	});
}

function drawMesh(states) {
	const { c, width, height } = canvasOf("mesh"), to = fit(width, height);
	const spots = story.nodes.map((n, i) => to(placeAt(i, view.t)));

	if (layout.width !== width || layout.height !== height || layout.zoom !== view.zoom)
		Object.assign(layout, { width, height, zoom: view.zoom, radius: radiusFor(spots) });
	layout.seen = spots;
	drawLinks(c, spots);
	drawRoutes(c, spots);
	drawFrames(c, spots, layout.radius);
	states.forEach((state, i) => drawNode(c, spots[i], i, state, layout.radius));
	drawNames(c, spots, layout.radius);
}

/* ---- the track of time ---- */

function tickWidth(width) {
	const rough = Math.max(story.end, 1e-3) * 80 / Math.max(width, 80);
	const ten = Math.pow(10, Math.floor(Math.log10(rough)));

	return [1, 2, 5, 10].map(m => m * ten).find(w => w >= rough);
}

function drawBars(c, x, base, height) {
	let most = 0;
	const sums = new Map();

	frames.sent.forEach((n, i) => {
		const column = 2 * Math.floor(x(i * frames.width) / 2);
		const sum = sums.get(column) || { sent: 0, lost: 0, n: 0 };

		sum.sent += n;
		sum.lost += frames.lost[i] || 0;
		sum.n++;
		sums.set(column, sum);
	});
	for (const sum of sums.values())
		most = Math.max(most, sum.sent / sum.n);
	const wide = Math.max(2, Math.floor(x(frames.width) - x(0)) - 1);

	for (const [column, sum] of sums) {
		const h = sum.sent / sum.n / Math.max(most, 1e-9) * height;
		const l = Math.min(h, sum.lost / sum.n / Math.max(most, 1e-9) * height);

		c.fillStyle = style.bar;
		c.fillRect(column, base - h, wide, h);
		c.fillStyle = style.bad;
		c.fillRect(column, base - l, wide, l);
	}
	return most / frames.width;
}

function drawMark(c, x, kind) {
	c.fillStyle = kind === "held" ? style.good : kind === "broken" || kind === "died" ?
		style.bad : style.accent;
	c.beginPath();
	if (kind === "held" || kind === "broken") {
		c.rect(x - 3, 17, 6, 6);
	} else {
		c.moveTo(x - 3.5, 17);
		c.lineTo(x + 3.5, 17);
		c.lineTo(x, 23);
	}
	c.fill();
}

function drawTrack() {
	const { c, width, height } = canvasOf("track"), end = Math.max(story.end, 1e-9);
	const x = t => 8 + t / end * (width - 16), base = height - 16;
	const most = drawBars(c, x, base, base - 27), tick = tickWidth(width - 16);

	c.font = '11px system-ui, "DejaVu Sans", sans-serif';
	c.textBaseline = "top";
	c.textAlign = "left";
	c.fillStyle = style.faint;
	c.fillText(`frames sent a second, at most ${Math.round(most).toLocaleString("en")}` +
		(frames.lost.length > 0 ? "; lost ones in red" : ""), 8, 1);
	c.fillRect(8, base, width - 16, 1);
	c.textAlign = "center";
	for (let i = 0; i * tick <= story.end * 1.0001; i++) {
		const text = `${+(i * tick).toFixed(6)} s`, half = c.measureText(text).width / 2;

		c.fillRect(x(i * tick), base, 1, 3);
		c.fillText(text, Math.min(Math.max(x(i * tick), half), width - half), base + 4);
	}
	for (const e of story.events)
		drawMark(c, x(e.t), e.kind);
	c.fillStyle = style.accent;
	c.fillRect(x(view.t) - 0.5, 15, 1.5, base - 15);
}
