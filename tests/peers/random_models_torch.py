"""Small models of random configurations beside transformers: outputs, losses and every gradient.

    python tests/peers/random_models_torch.py --llmasos build/release/bin/llmasos [--count 30] [--seed 1] [--backend reference]

Each model is drawn from the configurations that its family allows, with random weights (norms and biases too), and saved by
save_pretrained, whole or in shards, or by torch.save. What LLMasOS refuses must be on the list of what it does not support: a refusal of
anything else fails, and so does a result of something on the list that it does compute.
"""

import argparse
import random
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import save_file

VOCABULARY = 97
ACTIVATIONS = ["gelu", "gelu_python", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate", "gelu_python_tanh", "quick_gelu",
               "relu", "silu", "swish", "tanh"]
UNSUPPORTED_ACTIVATIONS = ["mish", "relu2"]


def gpt2(draw):
    heads = draw.choice([1, 2, 4])
    embed = heads * draw.choice([8, 16, 24])
    tied = draw.random() < 0.7
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY, n_positions=draw.choice([24, 64]), n_embd=embed, n_layer=draw.randint(1, 3), n_head=heads,
        n_inner=draw.choice([None, 40, 3 * embed]), activation_function=draw.choice(ACTIVATIONS + UNSUPPORTED_ACTIVATIONS),
        layer_norm_epsilon=draw.choice([1e-5, 1e-3]), scale_attn_weights=draw.random() < 0.7,
        scale_attn_by_inverse_layer_idx=draw.random() < 0.4, reorder_and_upcast_attn=draw.random() < 0.3,
        tie_word_embeddings=tied, bos_token_id=0, eos_token_id=0)
    unsupported = config.activation_function in UNSUPPORTED_ACTIVATIONS
    return transformers.GPT2LMHeadModel, config, unsupported


def llama(draw):
    kv_heads = draw.choice([1, 2, 4])
    heads = kv_heads * draw.choice([1, 2, 3])
    dim = draw.choice([8, 16, 20])
    context = draw.choice([32, 64])
    rope = {"rope_type": "default", "rope_theta": draw.choice([10000.0, 500000.0, 100.0])}
    kind = draw.choice(["default", "default", "linear", "llama3", "dynamic", "yarn"])
    if kind != "default":
        rope |= {"rope_type": kind, "factor": draw.choice([2.0, 4.0])}
    if kind == "llama3":
        rope |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": context // 2}
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=heads * draw.choice([dim, 8, 12]), intermediate_size=draw.choice([40, 72]),
        num_hidden_layers=draw.randint(1, 3), num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=dim,
        max_position_embeddings=context, rms_norm_eps=draw.choice([1e-6, 1e-4]), tie_word_embeddings=draw.random() < 0.4,
        attention_bias=draw.random() < 0.4, mlp_bias=draw.random() < 0.4, rope_parameters=rope,
        hidden_act=draw.choice(ACTIVATIONS + UNSUPPORTED_ACTIVATIONS))
    unsupported = kind in ("dynamic", "yarn") or config.hidden_act in UNSUPPORTED_ACTIVATIONS
    return transformers.LlamaForCausalLM, config, unsupported


BERT_TASKS = ["PreTraining", "MaskedLM", "SequenceClassification", "TokenClassification", "QuestionAnswering", "LMHeadModel",
              "NextSentencePrediction"]


def bert(draw):
    heads = draw.choice([1, 2, 4])
    embed = heads * draw.choice([8, 16, 24])
    task = draw.choice(BERT_TASKS[:5] * 2 + BERT_TASKS[5:])
    config = transformers.BertConfig(
        vocab_size=VOCABULARY, hidden_size=embed, num_hidden_layers=draw.randint(1, 3), num_attention_heads=heads,
        intermediate_size=draw.choice([40, 3 * embed]), max_position_embeddings=draw.choice([24, 64]),
        type_vocab_size=draw.choice([1, 2, 3]), hidden_act=draw.choice(ACTIVATIONS + UNSUPPORTED_ACTIVATIONS),
        layer_norm_eps=draw.choice([1e-12, 1e-5]), is_decoder=task == "LMHeadModel",
        tie_word_embeddings=draw.random() < 0.8)
    if task in ("SequenceClassification", "TokenClassification"):
        config.num_labels = draw.choice([2, 3, 7])
        if draw.random() < 0.15:
            config.problem_type = "multi_label_classification"
    unsupported = (task in BERT_TASKS[5:] or config.hidden_act in UNSUPPORTED_ACTIVATIONS
                   or config.problem_type == "multi_label_classification")
    return getattr(transformers, "BertFor" + task if task != "LMHeadModel" else "BertLMHeadModel"), config, unsupported


def inputs_of(model, draw):
    config = model.config
    rows, sequence = draw.randint(1, 3), draw.choice([5, 12, 24])
    # Without the padding token, at which transformers stops the gradient of the embedding.
    ids = torch.randint(3, VOCABULARY, (rows, sequence))
    if config.model_type != "bert":
        return {"input_ids": ids, "labels": torch.where(torch.rand(rows, sequence) < 0.2, -100, ids)}
    inputs = {"input_ids": ids, "token_type_ids": torch.randint(config.type_vocab_size, (rows, sequence))}
    name = type(model).__name__
    attended = torch.ones_like(ids)
    if name != "BertForQuestionAnswering":  # transformers lets padding win there; LLMasOS leaves it out
        attended[-1, 4:] = 0
        inputs["attention_mask"] = attended
    if name == "BertForSequenceClassification":
        labels = {"labels": torch.randint(config.num_labels, (rows,))}
        if config.problem_type == "multi_label_classification":
            labels = {"labels": torch.nn.functional.one_hot(labels["labels"], config.num_labels).float()}
        return inputs | labels
    if name == "BertForQuestionAnswering":
        return inputs | {"start_positions": torch.randint(sequence, (rows,)), "end_positions": torch.randint(sequence, (rows,))}
    if name == "BertForNextSentencePrediction":
        return inputs | {"labels": torch.randint(2, (rows,))}
    classes = config.num_labels if name == "BertForTokenClassification" else VOCABULARY
    labels = torch.where((torch.rand(rows, sequence) < 0.5) | (attended == 0), -100, torch.randint(classes, (rows, sequence)))
    labels[0, 0] = 1
    inputs["labels"] = labels
    if name == "BertForPreTraining":
        inputs["next_sentence_label"] = torch.randint(2, (rows,))
    return inputs


def save(model, folder, way):
    if way == "pickle":
        model.config.architectures = [type(model).__name__]
        model.config.save_pretrained(folder)
        torch.save(model.state_dict(), folder + "/pytorch_model.bin")
    else:
        model.save_pretrained(folder, max_shard_size="20KB" if way == "shards" else "5GB")


def expected_of(model, inputs):
    with torch.enable_grad():
        result = model(**inputs)
        result.loss.backward()
    tensors = {"input." + name: value.contiguous().clone() for name, value in inputs.items()}
    tensors["output.loss"] = result.loss.detach()[None]
    attended = inputs.get("attention_mask")
    for ours, theirs in (("logits", "logits"), ("start_logits", "start_logits"), ("end_logits", "end_logits"),
                         ("mlm_logits", "prediction_logits"), ("nsp_logits", "seq_relationship_logits")):
        value = getattr(result, theirs, None)
        if value is not None:
            tensors["output." + ours] = value.detach().contiguous()
    # What moves all logits of question answering alike has a gradient of 0 but for rounding: softmax doesn't see it.
    unseen = ("qa_outputs.bias", f"bert.encoder.layer.{model.config.num_hidden_layers - 1}.output.LayerNorm.bias")
    answers = type(model).__name__ == "BertForQuestionAnswering"
    return tensors | {"grad." + name: p.grad.clone() for name, p in model.named_parameters()
                      if p.grad is not None and not (answers and name in unseen)}


def check(a, number):
    draw = random.Random(a.seed * 1000 + number)
    torch.manual_seed(a.seed * 1000 + number)
    kind, config, unsupported = draw.choice([gpt2, llama, bert])(draw)
    model = kind._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for p in model.parameters():  # norms and biases start at 1 and 0, which would hide what they do
            p.add_(torch.randn_like(p) * 0.1)
    inputs = inputs_of(model, draw)
    way = draw.choice(["safetensors", "shards", "pickle"])
    with tempfile.TemporaryDirectory() as folder:
        save(model, folder, way)
        save_file(expected_of(model, inputs), folder + "/expected.safetensors")
        done = subprocess.run([a.llmasos, "verify", "--backend", a.backend, "--model", folder, "--expected",
                               folder + "/expected.safetensors"], capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith(("output.", "grad."))]
    if done.returncode == 0 and rows:
        good, says = not unsupported, f"{len(rows)} tensors, largest relative L2 {max(float(r[1]) for r in rows):.1e}"
    else:
        says = (done.stderr.strip() or "\n".join(line for line in done.stdout.splitlines() if "too far" in line or "finite" in line))
        good = unsupported and says.startswith("llmasos: ") and "support" in says and "\n" not in says
    activation = config.activation_function if config.model_type == "gpt2" else config.hidden_act
    print(f"{'ok  ' if good else 'FAIL'} {number:3} {kind.__name__} with {activation} ({way}): {says}", flush=True)
    if not good:
        print("     " + " ".join(config.to_json_string().split()), flush=True)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llmasos", required=True)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--backend", default="cpu")
    a = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    failed = [number for number in range(a.count) if not check(a, number)]
    print(f"{a.count} models, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
