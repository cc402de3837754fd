// The queue of a phone: entries wait in IndexedDB until they can be sent. Pages and the service worker share it.
// An entry's cells are deleted as soon as the hub has taken them.
"use strict";

const Queue = (() => {
  const NAME = "hub";

  function open() {
    return new Promise((done, failed) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("entries", { keyPath: "key" });
        asked.result.createObjectStore("facts");
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
  }

  async function within(store, mode, act) {
    const database = await open();
    try {
      return await new Promise((done, failed) => {
        const transaction = database.transaction(store, mode);
        const asked = act(transaction.objectStore(store));
        transaction.oncomplete = () => done(asked && asked.result);
        transaction.onabort = () => failed(transaction.error);
      });
    } finally {
      database.close();
    }
  }

  const put = (entry) => within("entries", "readwrite", (store) => store.put(entry));
  const remove = (key) => within("entries", "readwrite", (store) => store.delete(key));
  const find = (key) => within("entries", "readonly", (store) => store.get(key));
  const who = () => within("facts", "readonly", (store) => store.get("who"));
  const remember = (value) => within("facts", "readwrite", (store) => store.put(value, "who"));

  async function all() {
    const found = await within("entries", "readonly", (store) => store.getAll());
    return found.sort((one, other) => other.at - one.at);
  }

  async function clear() {
    await within("entries", "readwrite", (store) => store.clear());
    await within("facts", "readwrite", (store) => store.clear());
  }

  async function add(key, dataset, title, cells) {
    await put({ key, dataset, title, cells, state: "waiting", why: "", at: Date.now(), who: (await who()) || "" });
  }

  async function session() {
    const answer = await fetch("/m/session", { headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  }

  // Sends what waits, one after the other; false when something has to wait on.
  async function sendAll() {
    const waiting = (await all()).filter((entry) => entry.state === "waiting").reverse();
    if (!waiting.length) return true;
    let login;
    try {
      login = await session();
    } catch {
      return false;
    }
    let well = true;
    for (const entry of waiting) {
      if (login === null || entry.who !== login.who) {
        await put({ ...entry, why: login === null ? "请登录后再发送。" : "这是另一个人填的，请由本人登录后发送。" });
        continue;
      }
      well = (await sendOne(entry, login.csrf)) && well;
    }
    return well;
  }

  async function sendOne(entry, csrf) {
    let answer;
    try {
      answer = await fetch("/m/send", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF": csrf },
        body: JSON.stringify({ dataset: entry.dataset, key: entry.key, cells: entry.cells }),
      });
    } catch {
      return false;
    }
    if (!(await find(entry.key))) return true; // cleared meanwhile
    if (answer.status === 202) {
      const { batch_no } = await answer.json();
      await put({ ...entry, cells: null, state: "sent", why: "", batch_no });
      return true;
    }
    const told = await answer.json().catch(() => ({}));
    const lasting = [404, 409, 413, 422].includes(answer.status); // sending it again changes nothing
    await put({ ...entry, state: lasting ? "refused" : "waiting", why: told.detail || "暂时不能发送，稍后会再试。" });
    return lasting;
  }

  async function refresh() {
    for (const entry of (await all()).filter((one) => one.state === "sent")) {
      try {
        const answer = await fetch(`/m/state/${entry.batch_no}`, { headers: { Accept: "application/json" } });
        if (!answer.ok) continue;
        const told = await answer.json();
        if (told.judged && (await find(entry.key))) {
          await put({ ...entry, state: "judged", colour: told.colour, icon: told.icon, word: told.word });
        }
      } catch {
        return;
      }
    }
  }

  // What was judged long ago need not stand in the list for ever.
  async function forget(age) {
    for (const entry of await all()) {
      if (entry.state === "judged" && entry.at < Date.now() - age) await remove(entry.key);
    }
  }

  const send = () => navigator.locks.request("hub-send", sendAll);
  return { add, all, clear, find, forget, refresh, remember, remove, send };
})();
