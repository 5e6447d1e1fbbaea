// The models that are served, with their state.

import { by_id, element, while_shown } from "./elements.js";
import { number, say } from "./language.js";
import { get } from "./server.js";

const colours = { ready: "good", loading: "busy", restarting: "busy", misconfigured: "bad", failed: "bad" };

while_shown("models", 3000, async () => {
  const { data } = await get("v1/models");
  const cards = data.map((model) => {
    const card = element("article", "card");
    card.append(element("h2", "", model.id));
    if (model.state) card.append(element("span", `state ${colours[model.state] ?? ""}`, say(model.state)));
    if (model.max_model_len) card.append(element("p", "", say("context", { n: number(model.max_model_len, 7) })));
    return card;
  });
  by_id("model-list").replaceChildren(...(cards.length ? cards : [element("p", "empty", say("no_models"))]));
});
