// Readings of a clip's frames, put together: which of them are of the same vehicle, and what most of them say.

const APART = 2.5;
// Between two frames a plate goes at most so many of its widths; later, only its text tells.
const WIDTHS = 2;
const NEXT = 0.8;
// What was read once, no more surely than this, is told apart from the rest.
const WEAK = 0.7;

// Collects; `all()` gives the vehicles in the order in which they came.
export function gathered() {
  const vehicles = [];
  return {
    // `plate`: one of an answer's. `frame`: anything that belongs to it, kept of the best reading only.
    add(time, plate, frame) {
      if (!plate.text) return;
      const found = vehicles.filter((one) => time - one.last <= APART && time > one.last).find((one) => same(one, plate, time));
      if (found) join(found, time, plate, frame);
      else vehicles.push({ first: time, last: time, readings: 1, box: plate.box, votes: new Map([[plate.text, vote(plate, frame)]]) });
    },
    all: () => vehicles.map(agreed),
  };
}

const vote = (plate, frame) => ({ weight: plate.confidence, count: 1, plate, frame });

function join(vehicle, time, plate, frame) {
  Object.assign(vehicle, { last: time, readings: vehicle.readings + 1, box: plate.box });
  const known = vehicle.votes.get(plate.text);
  if (!known) vehicle.votes.set(plate.text, vote(plate, frame));
  else {
    known.weight += plate.confidence;
    known.count += 1;
    if (plate.confidence > known.plate.confidence) Object.assign(known, { plate, frame });
  }
}

// The text with most confidence behind it, its best reading, and how many agree.
function agreed(vehicle) {
  const best = [...vehicle.votes.values()].sort((a, b) => b.weight - a.weight)[0];
  const sure = vehicle.readings > 1 || best.plate.confidence >= WEAK;
  return { sure, first: vehicle.first, last: vehicle.last, readings: vehicle.readings, agree: best.count, plate: best.plate, frame: best.frame };
}

function same(vehicle, plate, time) {
  const least = (text) => Math.max(1, Math.floor(Math.max(text.length, plate.text.length) / 3));
  return (time - vehicle.last <= NEXT && beside(vehicle.box, plate.box)) || [...vehicle.votes.keys()].some((text) => distance(text, plate.text) <= least(text));
}

function beside(a, b) {
  const far = Math.hypot(a[0] + a[2] - b[0] - b[2], a[1] + a[3] - b[1] - b[3]) / 2;
  return far <= WIDTHS * Math.max(a[2] - a[0], b[2] - b[0]);
}

// How many characters must be changed, added or left out.
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
