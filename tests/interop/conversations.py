"""Do conversations train here as in transformers: the same tokens, of which the same ones count?

    python tests/interop/conversations.py LLMASOS TOKENIZERS

Needs torch, transformers and jinja2; LLMASOS is the built program, TOKENIZERS holds folders with a tokenizer.json each. For each
tokenizer and template, a random model takes one step on conversations of several turns, packed together here. Its loss must be
that of transformers for each conversation alone, over the tokens of apply_chat_template's assistant mask. The folder of the run must
then chat with no file added: transformers makes the same tokens with it, the token that ends a turn ends texts, and
`llmasos evaluate --generate` answers.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers

TOLERANCE = 1e-5  # relative, of the loss

CHATML = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content + '<|im_end|>\n' }}{% endgeneration %}{% else %}{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
PHI = "{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|assistant|>\n' }}{% generation %}{{ m.content + '<|end|>\n' }}{% endgeneration %}{% else %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}"
LLAMA3 = "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content | trim }}{{ '<|eot_id|>' }}{% endgeneration %}{% else %}{{ m.content | trim }}{{ '<|eot_id|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"

# tokenizer, template, what ends a turn, special tokens
CASES = {
    "gpt2, ChatML": ("gpt2", CHATML, "<|im_end|>", {"eos_token": "<|endoftext|>", "additional_special_tokens": ["<|im_start|>", "<|im_end|>"]}),
    "phi-3-mini": ("phi-3-mini", PHI, "<|end|>", {"eos_token": "<|endoftext|>", "bos_token": "<s>"}),
    "llama3": ("llama3", LLAMA3, "<|eot_id|>", {"eos_token": "<|end_of_text|>", "bos_token": "<|begin_of_text|>"}),
}

CONVERSATIONS = [
    [("user", "Name a colour."), ("assistant", "Blue, like the sea.")],
    [("system", "Be brief."), ("user", "1 + 1?"), ("assistant", "2"), ("user", "And\n\n  twice that?  "), ("assistant", "4.")],
    [("user", "你好,世界"), ("assistant", "你好!👩‍👩‍👧"), ("user", "ภาษาไทย"), ("assistant", "العربية ok")],
    [("user", "x"), ("assistant", "a"), ("user", "y"), ("assistant", "b"), ("user", "z"), ("assistant", "c")],
]


def without_marks(template):
    return template.replace("{% generation %}", "").replace("{% endgeneration %}", "")


def messages(conversation):
    return [{"role": role, "content": content} for role, content in conversation]


def expected_loss(model, tokenizer, template):
    total, count = 0.0, 0
    for conversation in CONVERSATIONS:
        encoded = tokenizer.apply_chat_template(messages(conversation), chat_template=template, tokenize=True, return_dict=True,
                                                return_assistant_tokens_mask=True)
        ids = torch.tensor(encoded["input_ids"])
        mask = torch.tensor(encoded["assistant_masks"], dtype=torch.bool)
        with torch.no_grad():
            logits = model(ids[None]).logits[0]
        losses = torch.nn.functional.cross_entropy(logits[:-1].double(), ids[1:], reduction="none")[mask[1:]]
        total, count = total + losses.sum().item(), count + losses.numel()
    return total / count, count


def run(*words, fails=False):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done


def train(llmasos, folder, name, base, data, *sets):
    pipeline = folder / f"{name}.yaml"
    pipeline.write_text(f"""version: 1
kind: train
backend: {{plugin: cpu, threads: 2}}
dataset: {{plugin: records, path: {data}, sequence: 512}}
task: {{kind: instruction}}
model: {{path: {base}}}
train: {{steps: 1, batch: 1}}
checkpoint: {{folder: {folder / name}}}
""")
    words = [word for one in sets for word in ("--set", one)]
    run(llmasos, "train", pipeline, *words)
    return json.loads((folder / name / "metrics.jsonl").read_text())["loss"]


def check(llmasos, tokenizers, case, folder):
    name, marked, end, special = CASES[case]
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tokenizers / name / "tokenizer.json"), **special)
    torch.manual_seed(1)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2, initializer_range=0.5,
        max_position_embeddings=512, tie_word_embeddings=True, bos_token_id=None, eos_token_id=tokenizer.eos_token_id)).eval()
    data = folder / "train.jsonl"
    data.write_text("".join(json.dumps({"messages": messages(c)}) + "\n" for c in CONVERSATIONS))
    expected, count = expected_loss(model, tokenizer, marked)

    worst = 0.0
    for kind, template in (("generation blocks", marked), ("answers found by rendering", without_marks(marked))):
        base = folder / kind.replace(" ", "-")
        tokenizer.chat_template = template
        model.save_pretrained(base)
        tokenizer.save_pretrained(base)
        generation = json.loads((base / "generation_config.json").read_text())
        (base / "generation_config.json").write_text(json.dumps({**generation, "max_new_tokens": 7}))
        loss = train(llmasos, folder, base.name + "-run", base, data)
        # Without blocks, the end of all that a template writes behind the last answer counts, too.
        if kind == "generation blocks" or "{% else %}{{ eos_token }}" not in template:
            worst = max(worst, abs(loss - expected) / expected)
            assert worst < TOLERANCE, (case, kind, loss, expected)

        trained = folder / (base.name + "-run") / "model"
        settings = json.loads((trained / "generation_config.json").read_text())
        ends = settings["eos_token_id"]
        assert tokenizer.convert_tokens_to_ids(end) in (ends if isinstance(ends, list) else [ends]), (case, settings)
        assert settings["max_new_tokens"] == 7
        again = transformers.AutoTokenizer.from_pretrained(trained)
        for conversation in CONVERSATIONS:
            rendered = [one.apply_chat_template(messages(conversation), tokenize=True, return_dict=False) for one in (tokenizer, again)]
            assert rendered[0] == rendered[1], (case, kind)
        answer = run(llmasos, "evaluate", "--model", trained, "--generate", data, "--max-tokens", "2", "--json").stdout
        assert "bleu" in json.loads(answer)
    print(f"{case}: {count} tokens count, loss {expected:.6f}, relative difference {worst:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("llmasos", type=pathlib.Path)
    parser.add_argument("tokenizers", type=pathlib.Path)
    arguments = parser.parse_args()
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            check(arguments.llmasos, arguments.tokenizers, case, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
