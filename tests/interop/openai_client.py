"""Drives a daemon with the `openai` package, unmodified: models, completions, chat, responses, embeddings, each also as a stream where
there is one. Prints what it did; ends with an assertion where an answer is not what the package or the API promises.

    python tests/interop/openai_client.py --llmasosd build/release/bin/llmasosd [--model FOLDER [--encoder FOLDER]]

FOLDER is a model with a tokenizer, such as stories260K; of --encoder one such as BERT. Without --model, those of
LLMASOS_TEST_DATA. Ends with 77 where the package or the models are missing.
"""

import argparse
import json
import tempfile

from serve_daemon import Daemon, models_of, skip_without

skip_without("openai")
import openai  # noqa: E402

MESSAGES = [{"role": "system", "content": "Tell stories."}, {"role": "user", "content": "Once upon a time"}]


def completions(client):
    whole = client.completions.create(model="m", prompt="Once", max_tokens=12, temperature=0, logprobs=2)
    assert whole.usage.completion_tokens == 12 and len(whole.choices[0].logprobs.tokens) == 12
    events = list(client.completions.create(model="m", prompt="Once", max_tokens=12, temperature=0, stream=True,
                                            stream_options={"include_usage": True}))
    assert "".join(e.choices[0].text for e in events if e.choices) == whole.choices[0].text
    assert events[-1].usage == whole.usage or events[-1].usage.completion_tokens == 12


def chat(client):
    options = dict(model="m", messages=MESSAGES, max_completion_tokens=12, temperature=0, n=2)
    whole = client.chat.completions.create(**options, logprobs=True, top_logprobs=2)
    assert [c.finish_reason for c in whole.choices] == ["length"] * 2 and whole.usage.completion_tokens == 24
    assert len(whole.choices[1].logprobs.content) == 12 and len(whole.choices[1].logprobs.content[0].top_logprobs) == 2
    texts = ["", ""]
    for event in client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}):
        for choice in event.choices:
            texts[choice.index] += choice.delta.content or ""
        usage = event.usage
    assert texts == [c.message.content for c in whole.choices] and usage.completion_tokens == 24
    with client.chat.completions.stream(model="m", messages=MESSAGES, max_completion_tokens=12, temperature=0) as stream:
        # The package would raise for an answer that was cut off, were it asked for the whole.
        assert "".join(event.delta for event in stream if event.type == "content.delta") == texts[0]


def responses(client):
    options = dict(model="m", instructions="Tell stories.", input="Once upon a time", max_output_tokens=12, temperature=0)
    whole = client.responses.create(**options)
    assert whole.status == "incomplete" and whole.usage.output_tokens == 12, whole
    text, last = "", None
    for event in client.responses.create(**options, stream=True):
        if event.type == "response.output_text.delta":
            text += event.delta
        last = event
    assert last.type == "response.incomplete" and text == whole.output_text == last.response.output_text
    with client.responses.stream(**options) as stream:
        for _ in stream:
            pass
    again = client.responses.create(model="m", input=[{"role": "user", "content": "Once"}, *[i.model_dump() for i in whole.output],
                                                      {"role": "user", "content": "and then"}], max_output_tokens=2)
    assert again.usage.input_tokens > 10


def refusals(client):
    for error, call in [
        (openai.NotFoundError, lambda: client.chat.completions.create(model="none", messages=MESSAGES)),
        (openai.BadRequestError, lambda: client.chat.completions.create(model="m", messages=MESSAGES, response_format={"type": "json_object"})),
        (openai.BadRequestError, lambda: client.responses.create(model="m", input="a", previous_response_id="resp_1")),
    ]:
        try:
            call()
        except error as refused:
            assert refused.body["message"]
        else:
            raise AssertionError(error)


def embeddings(client):
    one = client.embeddings.create(model="bert", input=["a text", "another"])  # as base64
    floats = client.embeddings.create(model="bert", input=["a text", "another"], encoding_format="float")
    assert len(one.data) == 2 and all(abs(a - b) < 1e-6 for a, b in zip(one.data[1].embedding, floats.data[1].embedding))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasosd", required=True)
    parser.add_argument("--model")
    parser.add_argument("--encoder")
    options = parser.parse_args()
    done = []
    with tempfile.TemporaryDirectory() as folder, Daemon(options.llmasosd, models := models_of(options, folder)) as daemon:
        client = openai.OpenAI(base_url=daemon.url + "/v1", api_key="any", max_retries=0)
        assert {m.id for m in client.models.list()} == set(models) and client.models.retrieve("m").id == "m"
        for part in [completions, chat, responses, refusals] + ([embeddings] if "bert" in models else []):
            part(client)
            done.append(part.__name__)
    print(json.dumps({"openai": openai.__version__, "done": done}))


if __name__ == "__main__":
    main()
