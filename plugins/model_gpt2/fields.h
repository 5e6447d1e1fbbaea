// Fields of the pipeline's `model` section; section.cpp reads them.
#pragma once

#include "llmasos/activation.hpp"
#include "llmasos/field.hpp"

namespace lmos::gpt2 {

inline constexpr lmos_field kFields[] = {
    sdk::Field::integer("layers", "Number of transformer layers.").required().minimum(1),
    sdk::Field::integer("embed", "Width of the residual stream.").required().minimum(1),
    sdk::Field::integer("heads", "Number of attention heads.").required().minimum(1),
    sdk::Field::integer("mlp", "Width of the MLP; four times `embed` unless given.").minimum(1),
    sdk::Field::integer("context",
                        "Learned positions, so the longest sequence in tokens; the dataset's "
                        "`sequence` unless given.")
        .minimum(1),
    sdk::Field::string("activation", sdk::nn::kActivationMeaning)
        .otherwise("gelu_tanh")
        .choices(sdk::nn::kActivations),
    sdk::Field::number("norm_epsilon", "Added to the variance in each norm.").otherwise("1.0e-5"),
    sdk::Field::boolean("tied", "Whether the LM head is the embedding.").otherwise("true"),
    sdk::Field::number("dropout",
                       "Rate of dropout in training, on the embedding and the residual branches.")
        .otherwise("0")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::number("attention_dropout",
                       "Rate of dropout in training, on the attention probabilities.")
        .otherwise("0")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::number("init_scale",
                       "Standard deviation of initial weights; residual projections get it divided "
                       "by the root of twice the layers.")
        .otherwise("0.02")
        .minimum(0),
};

}  // namespace lmos::gpt2
