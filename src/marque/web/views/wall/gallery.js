// Pictures of what is on the screen, and stays there: each is asked for once it has been seen for a moment, a few at a
// time, the newest first. A wall on which twenty vehicles a second pass asks for few, and never falls behind for them.

const MOST = 3;
const MOMENT = 250;

export function gallery() {
  const seen = new Map(); // image -> since when it is on the screen
  let loading = 0, timer, number = 0;

  const look = () => {
    timer = undefined;
    if (document.hidden) return;
    const now = performance.now();
    const due = [...seen].filter(([, since]) => now - since >= MOMENT).map(([image]) => image).sort((a, b) => b.order - a.order);
    for (const image of due.slice(0, MOST - loading)) load(image);
    if (seen.size && loading < MOST) later();
  };
  const later = () => { timer ??= setTimeout(look, MOMENT / 2); };
  const load = (image) => {
    const done = () => { loading -= 1; later(); };
    seen.delete(image);
    watcher.unobserve(image);
    loading += 1;
    image.classList.remove("broken");
    image.onload = done;
    image.onerror = () => { image.classList.add("broken"); done(); };
    image.src = image.wanted;
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) seen.set(target, performance.now()); else seen.delete(target);
    later();
  }, { rootMargin: "80px" });
  document.addEventListener("visibilitychange", later);

  return {
    // Show what lies at `address`, once it is worth it.
    hang(image, address) {
      if (image.wanted === address) return;
      image.wanted = address;
      image.order = number += 1;
      watcher.unobserve(image); // so that it is told again where it is
      watcher.observe(image);
    },
    forget(image) { watcher.unobserve(image); seen.delete(image); },
    end() { watcher.disconnect(); clearTimeout(timer); document.removeEventListener("visibilitychange", later); },
  };
}
