// The tasks of a step, as they turn green. Only where the workshop serves the book: it puts the
// address of its news into the page. Everything else stands there without this script.
(() => {
  const panel = document.querySelector("section.live[data-live]");
  if (!panel || !window.EventSource) return;
  const details = panel.querySelector("details");
  const said = panel.querySelector(".live-said");
  const failed = new Set(); // tasks whose lesson the reader has been shown
  let stream = null;

  const fragment = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html; // made and escaped by the server
    return holder.content;
  };
  const say = (text) => {
    if (said.textContent !== text) said.textContent = text; // or it would be read out again
  };
  const show = ({ data }) => {
    const news = JSON.parse(data);
    panel.toggleAttribute("data-running", news.running);
    panel.querySelector("summary").replaceChildren(fragment(news.summary));
    let opens = null;
    for (const task of news.tasks) {
      const old = panel.querySelector(`li[data-task="${task.id}"]`);
      if (old && old.outerHTML !== task.html) old.replaceWith(fragment(task.html));
      if (!task.failure || !["wrong", "crashed", "hung"].includes(task.state)) failed.delete(task.id);
      else if (!failed.has(task.id)) {
        failed.add(task.id);
        opens ??= task.id; // once: a reader who closes it again is left in peace
      }
    }
    if (opens) {
      details.open = true;
      panel.scrollTop = panel.querySelector(`li[data-task="${opens}"]`).offsetTop - 40;
    }
    say(news.said);
  };
  const listen = () => {
    if (stream || document.hidden) return;
    stream = new EventSource(panel.dataset.live);
    stream.onmessage = show;
    stream.onopen = () => panel.removeAttribute("data-lost");
    stream.onerror = () => {
      panel.removeAttribute("data-running");
      panel.setAttribute("data-lost", "");
    };
  };
  const leave = () => {
    stream?.close();
    stream = null;
  };
  // A browser opens six connections to one server: a page that nobody sees must not hold one.
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
  addEventListener("pagehide", leave);
  addEventListener("pageshow", listen);
  listen();
})();
