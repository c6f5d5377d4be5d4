// Writes normalization.bin: decompositions and combining classes of Unicode as this Node's ICU knows them.
//   node agent/Platform/normalization.mjs agent/Platform/normalization.bin
// Layout, little-endian: uint32 count, then per entry uint32 code point, uint8 flags (1 canonical, 2 compatibility),
// uint8 number of code points, uint32 each; then uint32 count and per entry uint32 code point, uint8 combining class;
// then uint32 count and per entry uint32 composed, first, second of the primary composites.
import { writeFileSync } from 'node:fs';

const points = [];
for (let c = 0; c < 0x110000; c++) if (c < 0xd800 || c > 0xdfff) if (c < 0xac00 || c > 0xd7a3) points.push(c);
const codes = (s) => [...s].map((x) => x.codePointAt(0));

// Canonical combining classes are not exposed; their order is: find it by sorting pairs of marks around a base letter.
const marks = points.filter((c) => /^\p{M}$/u.test(String.fromCodePoint(c)));
const reorders = (a, b) => {
  const s = 'q' + String.fromCodePoint(a) + String.fromCodePoint(b);
  return s.normalize('NFD') !== 'q' + String.fromCodePoint(a).normalize('NFD') + String.fromCodePoint(b).normalize('NFD');
};
const single = marks.filter((c) => codes(String.fromCodePoint(c).normalize('NFD')).length === 1);
// a mark of class 0 never moves: neither before nor after any other
const probes = [0x0334, 0x0327, 0x0315, 0x0301, 0x0345];
const moving = single.filter((c) => probes.some((p) => reorders(c, p) || reorders(p, c)));
const groups = [];
for (const c of moving) {
  const group = groups.find((g) => !reorders(g[0], c) && !reorders(c, g[0]));
  if (group) group.push(c); else groups.push([c]);
}
groups.sort((a, b) => (reorders(a[0], b[0]) ? 1 : -1));

const out = [];
const u32 = (n) => out.push(n & 255, (n >>> 8) & 255, (n >>> 16) & 255, (n >>> 24) & 255);
const entries = [];
const composites = [];
for (const c of points) {
  const s = String.fromCodePoint(c);
  const canonical = s.normalize('NFD'), compatible = s.normalize('NFKD');
  if (canonical !== s) entries.push([c, 1, codes(canonical)]);
  if (compatible !== canonical) entries.push([c, 2, codes(compatible)]);
  if (canonical !== s && s.normalize('NFC') === s) {
    // the last code point was put on what the rest composes to
    const all = codes(canonical);
    const head = codes(String.fromCodePoint(...all.slice(0, -1)).normalize('NFC'));
    if (head.length === 1) composites.push([c, head[0], all.at(-1)]);
  }
}
u32(entries.length);
for (const [c, flag, list] of entries) { u32(c); out.push(flag, list.length); list.forEach(u32); }
u32(moving.length);
groups.forEach((g, i) => g.forEach((c) => { u32(c); out.push(i + 1); }));
u32(composites.length);
for (const [c, a, b] of composites) { u32(c); u32(a); u32(b); }
writeFileSync(process.argv[2], Buffer.from(out));
console.log(`${entries.length} decompositions, ${moving.length} marks in ${groups.length} classes, ${composites.length} composites, ${out.length} bytes, Unicode ${process.versions.unicode}`);
