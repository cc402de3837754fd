// What a page does beyond showing itself. Without it, or without a secure origin, everything still works online.
"use strict";

(() => {
  const body = document.body;
  const by = (id) => document.getElementById(id);
  const able = window.isSecureContext && "indexedDB" in window && "locks" in navigator && "serviceWorker" in navigator;
  const WORDS = { waiting: ["ask", "○", "待发送"], sent: ["calm", "↑", "已发送"], refused: ["bad", "✘", "不能发送"] };
  const KEPT = "hub-forms";

  const showNetwork = () => (by("offline").hidden = navigator.onLine);
  showNetwork();
  window.addEventListener("offline", showNetwork);
  window.addEventListener("online", showNetwork);
  if (!able) return;

  navigator.serviceWorker.register("/m/sw.js", { scope: "/m/" }).catch(() => undefined); // without it: no offline use
  navigator.serviceWorker.addEventListener("message", draw);

  async function draw() {
    const list = by("entries");
    if (!list) return;
    const entries = await Queue.all();
    by("phone").hidden = !entries.length;
    by("send").hidden = !entries.some((entry) => entry.state === "waiting");
    list.replaceChildren(...entries.map(line));
    const shown = new Set(entries.map((entry) => entry.batch_no));
    for (const sent of document.querySelectorAll("[data-batch]")) sent.hidden = shown.has(sent.dataset.batch);
  }

  function line(entry) {
    const made = by("entry").content.firstElementChild.cloneNode(true);
    const [colour, icon, word] = WORDS[entry.state] || [entry.colour, entry.icon, entry.word];
    made.querySelector("b").textContent = entry.title;
    made.querySelector("small").textContent = new Date(entry.at).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "short" });
    const status = made.querySelector(".status");
    status.classList.add(colour);
    status.textContent = `${icon} ${word}`;
    const why = made.querySelector(".why");
    why.textContent = entry.why;
    why.hidden = !entry.why;
    const link = made.querySelector("a");
    link.hidden = !entry.batch_no;
    link.href = `/m/receipt/${entry.batch_no}`;
    const button = made.querySelector("button");
    button.hidden = entry.state === "sent";
    button.addEventListener("click", async () => {
      if (entry.state === "waiting" && !confirm("这一条还没有发送，确定删除吗？")) return;
      await Queue.remove(entry.key);
      draw();
    });
    return made;
  }

  let again = 0;

  async function catchUp() {
    await draw();
    await Queue.send();
    await Queue.refresh();
    await Queue.forget(7 * 86400e3);
    await draw();
    clearTimeout(again);
    if ((await Queue.all()).some((entry) => entry.state === "sent")) again = setTimeout(catchUp, 3000);
  }

  window.addEventListener("online", async () => {
    await catchUp();
    if (body.dataset.page === "home" && !body.dataset.who) location.reload(); // what was kept is not the whole page
  });
  document.addEventListener("visibilitychange", () => document.hidden || catchUp());

  // The empty forms are fetched for later. Nothing of anybody's is in them.
  async function keep() {
    const kept = await caches.open(KEPT);
    const places = ["/m/offline/home", ...Array.from(document.querySelectorAll("[data-keep]"), (one) => one.dataset.keep)];
    for (const place of places) {
      const answer = await fetch(place, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) await kept.put(place, answer);
    }
  }

  function number(code) {
    const now = new Date(Date.now() + 8 * 3600e3).toISOString().replace(/[^0-9]/g, "").slice(0, 14);
    const chance = Array.from(crypto.getRandomValues(new Uint8Array(3)), (one) => one.toString(16).padStart(2, "0"));
    return `${code}-${now}-${chance.join("").toUpperCase()}`;
  }

  async function hold(form) {
    const cells = Object.fromEntries(new FormData(form));
    const key = cells.key || crypto.randomUUID();
    delete cells.key;
    delete cells.csrf;
    await Queue.add(key, form.dataset.dataset, form.dataset.title, cells);
    form.reset();
    await Queue.send();
    const entry = await Queue.find(key);
    if (entry && entry.batch_no) {
      location.replace(`/m/receipt/${entry.batch_no}`);
      return;
    }
    const worker = await navigator.serviceWorker.ready;
    if (worker.sync) await worker.sync.register("send").catch(() => undefined);
    location.replace("/m/");
  }

  const form = by("form");
  if (form) {
    for (const input of form.querySelectorAll("[data-numbering]")) input.value ||= number(input.dataset.numbering);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.querySelector("button").disabled = true;
      hold(form);
    });
  }

  const leave = by("logout");
  if (leave) {
    leave.addEventListener("submit", async (event) => {
      event.preventDefault();
      const waiting = (await Queue.all()).filter((entry) => entry.state === "waiting").length;
      if (waiting && !confirm(`还有 ${waiting} 条没有发送，退出后会被删除。确定退出吗？`)) return;
      await Queue.clear();
      await caches.delete(KEPT);
      leave.submit();
    });
  }

  async function begin() {
    if (body.dataset.page === "home") {
      by("send").addEventListener("click", catchUp);
      by("clear").addEventListener("click", async () => {
        if (!confirm("清除这部手机上的全部内容？没有发送的也会删除。")) return;
        const entries = await Queue.all();
        for (const entry of entries) await Queue.remove(entry.key);
        draw();
      });
      if (body.dataset.who) {
        await Queue.remember(body.dataset.who);
        keep().catch(() => undefined); // as it was kept before
      }
    }
    await catchUp();
  }

  if (body.dataset.page !== "login") begin();
})();
