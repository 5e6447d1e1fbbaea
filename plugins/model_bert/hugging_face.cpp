// config.json of transformers' BERT models. Defaults for absent members are transformers'.
#include "llmasos/activation.hpp"
#include "model.h"

namespace lmos::bert {

namespace {

constexpr Names kNames = {.context = "max_position_embeddings",
                          .token_types = "type_vocab_size",
                          .layers = "num_hidden_layers",
                          .embed = "hidden_size",
                          .heads = "num_attention_heads",
                          .mlp = "intermediate_size",
                          .classes = "num_labels",
                          .dropout = "hidden_dropout_prob",
                          .attention_dropout = "attention_probs_dropout_prob",
                          .classifier_dropout = "classifier_dropout"};

struct HeadName {
  const char* architecture;
  const char* task;
};
// The first of a task is the one that is written.
constexpr HeadName kHeads[] = {
    {"BertForPreTraining", LMOS_TASK_PRETRAINING},
    {"BertForMaskedLM", LMOS_TASK_MASKED_LM},
    {"BertForSequenceClassification", LMOS_TASK_SEQUENCE_CLASSIFICATION},
    {"BertForTokenClassification", LMOS_TASK_TOKEN_CLASSIFICATION},
    {"BertForQuestionAnswering", LMOS_TASK_QUESTION_ANSWERING},
};

// Encoders without a head are taken for what they were pre-trained for.
const char* task_of(const sdk::Config& config) {
  const sdk::Config architectures = config.find("architectures");
  if (!architectures || architectures.elements().empty()) return LMOS_TASK_PRETRAINING;
  const std::string_view name = architectures.elements().front().as_string();
  for (const HeadName& head : kHeads)
    if (name == head.architecture) return head.task;
  if (name == "BertModel") return LMOS_TASK_PRETRAINING;
  architectures.fail("`" + std::string(name) +
                     "` is not supported; BertModel and BertForPreTraining, MaskedLM, "
                     "SequenceClassification, TokenClassification and QuestionAnswering are");
}

std::string default_label(int64_t label) { return "LABEL_" + std::to_string(label); }

void refuse_unsupported(const sdk::Config& config) {
  for (const char* key : {"is_decoder", "add_cross_attention"})
    if (config.bool_or(key, false))
      config.fail("`" + std::string(key) + "` is set; only encoders are supported");
  const std::string positions = config.string_or("position_embedding_type", "absolute");
  if (positions != "absolute")
    config.fail("`position_embedding_type` is `" + positions + "`; only absolute is supported");
  const std::string problem_type = config.string_or("problem_type", "single_label_classification");
  if (problem_type != "single_label_classification")
    config.fail("`problem_type` is `" + problem_type +
                "`; only single_label_classification is supported");
  if (config.find("quantization_config"))
    config.fail("`quantization_config` is set; give the unquantised model");
}

// transformers writes the names of the classes, and only reads their number.
void read_classes(const sdk::Config& config, Architecture& a) {
  const sdk::Config names = config.find("id2label");
  if (!names.is_map()) {
    a.classes = config.int_or("num_labels", 2);
    return;
  }
  a.classes = static_cast<int64_t>(names.keys().size());
  for (int64_t i = 0; i < a.classes; ++i)
    a.labels.push_back(names.string_or(std::to_string(i), default_label(i)));
}

}  // namespace

std::unique_ptr<Bert> Bert::from_hugging_face(const sdk::Config& config) {
  refuse_unsupported(config);
  Architecture a;
  a.task = task_of(config);
  a.vocab = config.int_or("vocab_size", 30522);
  a.context = config.int_or("max_position_embeddings", 512);
  a.token_types = config.int_or("type_vocab_size", 2);
  a.layers = config.int_or("num_hidden_layers", 12);
  a.embed = config.int_or("hidden_size", 768);
  a.heads = config.int_or("num_attention_heads", 12);
  a.mlp = config.int_or("intermediate_size", 3072);
  read_classes(config, a);
  a.activation = sdk::nn::read_activation(config, "hidden_act", "gelu");
  a.norm_epsilon = config.float_or("layer_norm_eps", a.norm_epsilon);
  a.tied = config.bool_or("tie_word_embeddings", true);
  a.dropout = config.float_or("hidden_dropout_prob", 0.1);
  a.attention_dropout = config.float_or("attention_probs_dropout_prob", 0.1);
  a.classifier_dropout = config.float_or("classifier_dropout", a.dropout);
  a.init_scale = config.float_or("initializer_range", 0.02);
  const std::string what = problem(a, kNames);
  if (!what.empty()) config.fail(what);
  return std::make_unique<Bert>(a);
}

void Bert::write_hugging_face(sdk::ConfigWriter& writer, std::string_view task) const {
  const Architecture& a = architecture_;
  const char* architecture = "BertModel";
  for (const HeadName& head : kHeads)
    if (task == head.task) architecture = head.architecture;
  writer.begin_list("architectures");
  writer.put_string("", architecture);
  writer.end();
  writer.put_string("model_type", "bert");
  writer.put_int("vocab_size", a.vocab);
  writer.put_int("max_position_embeddings", a.context);
  writer.put_int("type_vocab_size", a.token_types);
  writer.put_int("num_hidden_layers", a.layers);
  writer.put_int("hidden_size", a.embed);
  writer.put_int("num_attention_heads", a.heads);
  writer.put_int("intermediate_size", a.mlp);
  writer.put_string("hidden_act", a.activation.name);
  writer.put_float("layer_norm_eps", a.norm_epsilon);
  writer.put_bool("tie_word_embeddings", a.tied);
  writer.put_float("hidden_dropout_prob", a.dropout);
  writer.put_float("attention_probs_dropout_prob", a.attention_dropout);
  writer.put_float("classifier_dropout", a.classifier_dropout);
  writer.put_float("initializer_range", a.init_scale);
  writer.begin_map("id2label");
  const auto label = [&](int64_t i) {
    return i < std::ssize(a.labels) ? a.labels[static_cast<size_t>(i)] : default_label(i);
  };
  for (int64_t i = 0; i < a.classes; ++i) writer.put_string(std::to_string(i), label(i));
  writer.end();
  writer.begin_map("label2id");
  for (int64_t i = 0; i < a.classes; ++i) writer.put_int(label(i), i);
  writer.end();
}

}  // namespace lmos::bert
