// The service worker: opens the empty forms without a network, and sends what waits when there is one again.
// It keeps the empty forms and the files of the pages, and nothing else.
"use strict";

importScripts("/m/static/queue.js");

const KEPT = "hub-forms";
const FILES = ["phone.css", "page.js", "queue.js", "icon.svg", "down.svg"].map((name) => `/m/static/${name}`);
const PATIENCE = 5000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function offlineOf(path) {
  return path.startsWith("/m/form/") ? path.replace("/m/form/", "/m/offline/form/") : "/m/offline/home";
}

async function network(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    return await fetch(request, { signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function opened(request) {
  const path = new URL(request.url).pathname;
  try {
    return await network(request);
  } catch {
    const kept = await caches.open(KEPT);
    return (await kept.match(FILES.includes(path) ? path : offlineOf(path))) || Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.method === "GET" && (request.mode === "navigate" || FILES.includes(path))) {
    event.respondWith(opened(request));
  }
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "send") return;
  event.waitUntil(
    Queue.send().then(async (well) => {
      for (const page of await self.clients.matchAll()) page.postMessage("sent");
      if (!well) throw new Error("try again"); // the browser calls once more, later
    }),
  );
});
