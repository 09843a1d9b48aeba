// Asking for clips: one by its prompt, many by a manifest.
import {getIfThere, post} from "./api.js";
import {$, make} from "./dom.js";

const kTypes = {csv: "text/csv", jsonl: "application/jsonl", toml: "application/toml"};

/** Fields of a form that were filled in. */
export function filled(entries) {
  return Object.fromEntries([...entries].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ""));
}

/** What is wrong, with the lines where it is. */
export function saidOf(error) {
  return [error.message, ...(error.details ?? []).map(({line, message}) => line ? `line ${line}: ${message}` : message)].join("\n");
}

function chooseTab(chosen) {
  for (const tab of document.querySelectorAll("#make [role=tab]")) {
    const selected = tab === chosen;
    tab.setAttribute("aria-selected", selected);
    tab.tabIndex = selected ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !selected;
  }
}

/** Sends once at a time, and says how it went. */
function onSubmit(form, said, send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector(".primary");
    button.disabled = true;
    said.className = "";
    try {
      said.textContent = await send(new FormData(form));
    } catch (error) {
      said.textContent = saidOf(error);
      said.className = "bad";
    }
    button.disabled = false;
  });
}

async function listModels() {
  const {data = []} = await getIfThere("/v1/models") ?? {};
  $("#model").replaceChildren(...data.map(({id}) => make("option", {}, id)));
}

async function sendManifest(data) {
  try {
    const {data: videos} = await post("/v1/batches", data.get("manifest"), data.get("format"));
    return `${videos.length} clips are in the queue.`;
  } catch (error) {
    if (error.status === 404) error.message = "This server takes no manifests; clipmill submit does.";
    throw error;
  }
}

export function prepareForms() {
  for (const tab of document.querySelectorAll("#make [role=tab]")) {
    tab.addEventListener("click", () => chooseTab(tab));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = tab.nextElementSibling ?? tab.previousElementSibling;
      chooseTab(other);
      other.focus();
    });
  }
  $("#manifest-file").addEventListener("change", async ({target}) => {
    const [file] = target.files;
    if (!file) return;
    $("#manifest").value = await file.text();
    $("#format").value = kTypes[file.name.split(".").pop()] ?? kTypes.csv;
  });
  $("#prompt").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("#prompt-form").requestSubmit();
  });
  onSubmit($("#prompt-form"), $("#prompt-said"), async (data) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(filled(data))) form.set(name, value);
    const {id} = await post("/v1/videos", form);
    return `Job ${id.replace(/^\D+/, "")} is in the queue.`;
  });
  onSubmit($("#manifest-form"), $("#manifest-said"), sendManifest);
  return listModels();
}
