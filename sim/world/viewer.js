/* SPDX-License-Identifier: ISC */
/*
 * What a story holds, and how things stood at any time. Histories are lists of [time, value]
 * by rising time; at() finds the value that holds. Names come from files: whatever shows
 * them uses textContent.
 */
"use strict";

function fail(what) {
	const box = document.getElementById("errors");

	if (box === null)
		return;
	box.hidden = false;
	box.textContent += what + "\n";
}
window.addEventListener("error", e => fail(`${e.message} (line ${e.lineno})`));
window.addEventListener("unhandledrejection", e => fail(String(e.reason)));

/* Index of the last entry of history at or before t, or -1. */
function indexAt(history, t) {
	let low = 0, high = history.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (history[middle][0] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

function at(history, t) {
	const i = indexAt(history, t);

	return i < 0 ? undefined : history[i][1];
}

class Story {
	constructor() {
		this.title = "a qanat world";
		this.seed = null;
		this.nodes = [];
		this.links = new Map(); /* by "low high": both directions */
		this.events = [];
		this.trees = new Map(); /* digests in order of appearance: their numbers */
		this.end = 0;
	}

	node(i) {
		while (this.nodes.length <= i)
			this.nodes.push({ name: `node ${this.nodes.length}`, places: [], life: [],
				folders: new Map(), routes: [] });
		return this.nodes[i];
	}

	link(from, to) {
		const low = Math.min(from, to), high = Math.max(from, to);
		const key = `${low} ${high}`;

		if (!this.links.has(key))
			this.links.set(key, { a: low, b: high, there: [], back: [] });
		return this.links.get(key);
	}

	event(t, kind, text) {
		this.events.push({ t, kind, text });
	}

	folder(t, r) {
		const folders = this.node(r.node).folders;

		if (!folders.has(r.folder))
			folders.set(r.folder, []);
		folders.get(r.folder).push([t, r]);
		if (r.tree && !this.trees.has(r.tree))
			this.trees.set(r.tree, this.trees.size);
	}

	read(r) {
		const t = r.t;

		this.end = Math.max(this.end, t);
		if (r.is === "begin") {
			this.title = r.title || this.title;
			this.seed = r.seed;
		} else if (r.is === "node") {
			this.node(r.node).name = r.name || "";
			if (r.x_mm !== null)
				this.node(r.node).places.push([t, [r.x_mm, r.y_mm]]);
		} else if (r.is === "link") {
			const l = this.link(r.from, r.to);

			this.node(r.from), this.node(r.to);
			(r.from === l.a ? l.there : l.back).push([t, r.up]);
		} else if (["born", "died", "asleep", "awake"].includes(r.is)) {
			const first = this.node(r.node).life.length === 0;

			this.node(r.node).life.push([t, r.is]);
			if (!(first && t === 0))
				this.event(t, r.is, `${this.node(r.node).name} ${
					{ born: "begins", died: "ends", asleep: "sleeps", awake: "wakes" }[r.is]}`);
		} else if (r.is === "folder") {
			this.folder(t, r);
		} else if (r.is === "routes") {
			this.node(r.node).routes.push([t, r]);
		} else if (r.is === "event") {
			this.event(t, "event", r.text || "");
		} else if (r.is === "verdict") {
			this.event(t, r.held ? "held" : "broken", r.name + (r.text ? `: ${r.text}` : ""));
		} else if (r.is === "end") {
			this.event(t, r.held ? "held" : "broken", "the end" + (r.text ? `: ${r.text}` : ""));
		}
	}

	/* A page that was cut off ends in half a line. */
	readLines(text) {
		const lines = text.split("\n");

		lines.forEach((line, i) => {
			if (line === "")
				return;
			try {
				this.read(JSON.parse(line));
			} catch (e) {
				if (i + 1 < lines.length)
					throw e;
			}
		});
	}

	/* How node i stood at t. */
	state(i, t) {
		const n = this.nodes[i], life = at(n.life, t);
		const worst = ["error", "waiting", "paused", "scanning", "syncing", "synced"];
		let folder = null, trees = [], word = "no folder", needFiles = 0, needBytes = 0, files = 0;

		for (const history of n.folders.values()) {
			const f = at(history, t);

			if (f === undefined || f.state === null)
				continue;
			if (folder === null || worst.indexOf(f.state) < worst.indexOf(word))
				word = f.state;
			folder = f;
			files += f.files;
			needFiles += f.need_files;
			needBytes += f.need_bytes;
			if (f.tree)
				trees.push(f.tree);
		}
		if (life === "died")
			word = "dead";
		else if (life === "asleep")
			word = "asleep";
		else if (life === undefined && n.life.length > 0)
			word = "not yet there";
		return { word, trees, files, needFiles, needBytes, routes: at(n.routes, t) };
	}
}

/* All frames of the page, in columns. */
class Frames {
	constructor(data) {
		const rows = data.frames, n = rows.length / 5;
		let us = 0;

		this.count = n;
		this.told = data.told;
		this.stride = data.stride;
		this.classes = data.classes;
		this.width = data.bucket_us / 1e6;
		this.sent = data.sent;
		this.lost = data.lost;
		this.t = new Float64Array(n);
		this.fate = new Uint8Array(n);
		this.class = new Uint8Array(n);
		this.from = new Int32Array(n);
		this.to = new Int32Array(n);
		this.bytes = new Uint32Array(n);
		for (let i = 0; i < n; i++) {
			us += rows[5 * i];
			this.t[i] = us / 1e6;
			this.fate[i] = rows[5 * i + 1] & 3;
			this.class[i] = rows[5 * i + 1] >> 2;
			this.from[i] = rows[5 * i + 2];
			this.to[i] = rows[5 * i + 3];
			this.bytes[i] = rows[5 * i + 4];
		}
	}

	static none() {
		return new Frames({ told: 0, stride: 1, bucket_us: 1e5, classes: [], sent: [],
			lost: [], frames: [] });
	}

	/* How many there are up to t. */
	until(t) {
		let low = 0, high = this.count;

		while (low < high) {
			const middle = (low + high) >> 1;

			if (this.t[middle] <= t)
				low = middle + 1;
			else
				high = middle;
		}
		return low;
	}

	/* What went from one node to another among the first n. */
	between(from, to, n) {
		const sum = { received: 0, lost: 0, bytes: 0, classes: new Map() };

		for (let i = 0; i < n; i++) {
			if (this.from[i] !== from || this.to[i] !== to || this.fate[i] === 0)
				continue;
			if (this.fate[i] === 2) {
				sum.lost += this.stride;
				continue;
			}
			sum.received += this.stride;
			sum.bytes += this.bytes[i] * this.stride;
			sum.classes.set(this.class[i], (sum.classes.get(this.class[i]) || 0) + this.stride);
		}
		return sum;
	}

	/* The last few of node before number n, newest first. */
	lastOf(node, n, few) {
		const found = [];

		for (let i = n - 1; i >= 0 && i > n - 50000 && found.length < few; i--)
			if (this.fate[i] === 0 ? this.from[i] === node :
				this.to[i] === node)
				found.push(i);
		return found;
	}
}

/* Hops from node to every other over links that ever were; -1: none. */
function hopsFrom(node, neighbours) {
	const hops = new Int32Array(neighbours.length).fill(-1);
	const queue = [node];

	hops[node] = 0;
	for (let head = 0; head < queue.length; head++)
		for (const next of neighbours[queue[head]])
			if (hops[next] < 0) {
				hops[next] = hops[queue[head]] + 1;
				queue.push(next);
			}
	return hops;
}

const LAID_OUT_MAX = 600;

/* The longest side lies along x: screens are wider than high. */
function lieDown(places) {
	const n = places.length, mean = k => places.reduce((sum, p) => sum + p[k], 0) / n;
	const mx = mean(0), my = mean(1);
	const sum = f => places.reduce((all, p) => all + f(p[0] - mx, p[1] - my), 0);
	const turn = -Math.atan2(2 * sum((x, y) => x * y), sum((x, y) => x * x - y * y)) / 2;
	const flip = n > 0 && (places[0][0] - mx) * Math.cos(turn) > (places[0][1] - my) * Math.sin(turn) ?
		-1 : 1;

	return places.map(([x, y]) => [
		flip * ((x - mx) * Math.cos(turn) - (y - my) * Math.sin(turn)),
		(x - mx) * Math.sin(turn) + (y - my) * Math.cos(turn)]);
}

/* A drawing in which distances are as the hops: stress lowered pair by pair (Zheng, Pawar,
 * Goodman, 2018). The same mesh is drawn the same way each time. Large ones are a spiral. */
function layOut(story) {
	const n = story.nodes.length, places = [], neighbours = [], pairs = [];
	let luck = 12345;
	const draw = below => {
		luck ^= luck << 13;
		luck ^= luck >>> 17;
		luck ^= luck << 5;
		return (luck >>> 0) % below;
	};

	for (let i = 0; i < n; i++) {
		const turn = 2.399963 * i, far = n > LAID_OUT_MAX ? Math.sqrt(i) : 1 + draw(1000) / 1000;

		places.push([Math.cos(turn) * far, Math.sin(turn) * far]);
		neighbours.push([]);
	}
	if (n > LAID_OUT_MAX)
		return places;
	for (const l of story.links.values()) {
		neighbours[l.a].push(l.b);
		neighbours[l.b].push(l.a);
	}
	for (let i = 0; i < n; i++) {
		const hops = hopsFrom(i, neighbours);

		for (let k = i + 1; k < n; k++)
			pairs.push([i, k, hops[k] > 0 ? hops[k] : Math.sqrt(n) + 2]);
	}
	const widest = pairs.reduce((most, pair) => Math.max(most, pair[2] * pair[2]), 1);

	for (let round = 0; round < 30; round++) {
		const step = widest * Math.exp(-round / 29 * Math.log(widest * 10));

		for (let i = pairs.length - 1; i > 0; i--) {
			const k = draw(i + 1), other = pairs[k];

			pairs[k] = pairs[i];
			pairs[i] = other;
		}
		for (const [i, k, d] of pairs) {
			const a = places[i], b = places[k];
			const dx = a[0] - b[0], dy = a[1] - b[1];
			const length = Math.hypot(dx, dy) || 1e-9;
			const move = Math.min(1, step / (d * d)) * (length - d) / 2 / length;

			a[0] -= dx * move, a[1] -= dy * move;
			b[0] += dx * move, b[1] += dy * move;
		}
	}
	return lieDown(places);
}
