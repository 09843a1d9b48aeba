// Requests to the daemon. It is told the token that the user gave, if it asks for one.

const kKey = "clipmill-token";
let asking = null;

export class Refusal extends Error {
  constructor(status, error) {
    super(error?.message ?? `the server answered with ${status}`);
    this.status = status;
    this.details = error?.details ?? [];
  }
}

export const hasToken = () => sessionStorage.getItem(kKey) !== null;

/** Asks the user, once for all requests that wait. */
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = document.querySelector("#ask-token");
    document.querySelector("#token-said").textContent = hasToken() ? "The server does not know this token." : "";
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      sessionStorage.setItem(kKey, document.querySelector("#token").value.trim());
      asking = null;
      resolve();
    }, {once: true});
    dialog.showModal();
  });
  return asking;
}

/** A fetch() that went well. Throws Refusal, or TypeError where there is no server. */
export async function request(path, options = {}) {
  while (true) {
    const token = sessionStorage.getItem(kKey);
    const headers = {...options.headers, ...(token === null ? {} : {Authorization: `Bearer ${token}`})};
    const answer = await fetch(path, {...options, headers});
    if (answer.ok) return answer;
    if (answer.status !== 401) throw new Refusal(answer.status, (await answer.json().catch(() => ({}))).error);
    if (token === sessionStorage.getItem(kKey)) await askForToken();
  }
}

export const get = async (path) => (await request(path)).json();

/** A form goes as one, whose texts may stand for numbers. */
export async function post(path, body, type = "application/json") {
  const asIs = typeof body === "string" || body instanceof FormData;
  const headers = body instanceof FormData ? {} : {"Content-Type": type};
  return (await request(path, {method: "POST", headers, body: asIs ? body : JSON.stringify(body)})).json();
}

/** Of what another part of the server may not offer: null where there is none. */
export async function getIfThere(path) {
  try {
    return await get(path);
  } catch (error) {
    if (error instanceof Refusal && error.status < 500) return null;
    throw error;
  }
}

/** Where an element may load `path` from: with a token it has to be fetched, since elements send none. */
export async function source(path) {
  return hasToken() ? URL.createObjectURL(await (await request(path)).blob()) : path;
}
