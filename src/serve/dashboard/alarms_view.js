// What is out of its healthy range, and what helps.
import {$, make} from "./dom.js";

const number = (value) => Number(value).toLocaleString("en", {maximumSignificantDigits: 3});

export function showAlarms(alarms) {
  const firing = alarms.filter((alarm) => alarm.state === "firing");
  $("#alarms").hidden = firing.length === 0;
  const said = JSON.stringify(firing);
  if ($("#alarm-list").dataset.said === said) return;
  $("#alarm-list").dataset.said = said;
  $("#alarm-list").replaceChildren(...firing.map(({name, subject, advice, since, value, limit}) => make("li", {},
    make("strong", {}, [name.replaceAll("_", " "), subject].filter(Boolean).join(": ")),
    make("p", {className: "quiet"}, [since ? `since ${new Date(since * 1000).toLocaleTimeString([], {hour12: false})}` : "",
      value !== undefined ? `is at ${number(value)}` : "", limit !== undefined ? `limit ${number(limit)}` : ""].filter(Boolean).join(", ")),
    make("p", {}, advice ?? ""))));
}
