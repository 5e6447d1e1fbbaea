// Fields of the pipeline's `model` section; section.cpp reads them.
#pragma once

#include "llmasos/activation.hpp"
#include "llmasos/field.hpp"

namespace lmos::bert {

inline constexpr lmos_field kFields[] = {
    sdk::Field::integer("layers", "Number of transformer layers.").required().minimum(1),
    sdk::Field::integer("embed", "Width of the residual stream.").required().minimum(1),
    sdk::Field::integer("heads", "Number of attention heads.").required().minimum(1),
    sdk::Field::integer("mlp", "Width of the MLP; four times `embed` unless given.").minimum(1),
    sdk::Field::integer("context",
                        "Learned positions, so the longest sequence in tokens; the dataset's "
                        "`sequence` unless given.")
        .minimum(1),
    sdk::Field::integer("token_types", "Kinds of text that tokens are told apart by.")
        .otherwise("2")
        .minimum(1),
    sdk::Field::integer("classes", "Classes of a classification.").otherwise("2").minimum(1),
    sdk::Field::string("activation", sdk::nn::kActivationMeaning)
        .otherwise("gelu")
        .choices(sdk::nn::kActivations),
    sdk::Field::number("norm_epsilon", "Added to the variance in each norm.").otherwise("1.0e-12"),
    sdk::Field::boolean("tied", "Whether the decoder of masked tokens is the embedding.")
        .otherwise("true"),
    sdk::Field::number("dropout",
                       "Rate of dropout in training, on the embedding, the residual branches and "
                       "before a classifier.")
        .otherwise("0.1")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::number("attention_dropout",
                       "Rate of dropout in training, on the attention probabilities.")
        .otherwise("0.1")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::number("init_scale", "Standard deviation of initial weights.")
        .otherwise("0.02")
        .minimum(0),
};

}  // namespace lmos::bert
