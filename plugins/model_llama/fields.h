// Fields of the pipeline's `model` section; section.cpp reads them.
#pragma once

#include "llmasos/activation.hpp"
#include "llmasos/field.hpp"

namespace lmos::llama {

inline constexpr lmos_string kScalingKinds[] = {sdk::borrow("none"), sdk::borrow("linear"),
                                                sdk::borrow("llama3")};

inline constexpr lmos_field kScalingFields[] = {
    sdk::Field::string("kind", "How frequencies are stretched for longer contexts.")
        .otherwise("none")
        .choices(kScalingKinds),
    sdk::Field::number("factor", "How much longer the context becomes.").otherwise("1").minimum(1),
    sdk::Field::number("low_freq_factor",
                       "llama3: wavelengths above original_context / this are stretched.")
        .otherwise("1"),
    sdk::Field::number("high_freq_factor",
                       "llama3: wavelengths below original_context / this stay.")
        .otherwise("4"),
    sdk::Field::integer("original_context", "llama3: tokens of context before the stretch.")
        .otherwise("8192")
        .minimum(1),
};

inline constexpr lmos_field kFields[] = {
    sdk::Field::integer("layers", "Number of transformer layers.").required().minimum(1),
    sdk::Field::integer("embed", "Width of the residual stream.").required().minimum(1),
    sdk::Field::integer("heads", "Number of query heads.").required().minimum(1),
    sdk::Field::integer("kv_heads", "Number of key and value heads; `heads` unless given.")
        .minimum(1),
    sdk::Field::integer("head_dim", "Width of a head; `embed` / `heads` unless given.").minimum(2),
    sdk::Field::integer("mlp", "Width of the gated MLP.").required().minimum(1),
    sdk::Field::string("activation", sdk::nn::kActivationMeaning)
        .otherwise("silu")
        .choices(sdk::nn::kActivations),
    sdk::Field::integer("context",
                        "Longest sequence in tokens; the dataset's `sequence` unless given.")
        .minimum(1),
    sdk::Field::number("rope_theta", "Base of the rotary frequencies.").otherwise("10000"),
    sdk::Field::section("rope_scaling", "Stretches the rotary frequencies.", kScalingFields),
    sdk::Field::number("norm_epsilon", "Added to the mean square in each norm.")
        .otherwise("1.0e-5"),
    sdk::Field::boolean("tied", "Whether the LM head is the embedding.").otherwise("false"),
    sdk::Field::boolean("attention_bias", "Whether attention's projections have biases.")
        .otherwise("false"),
    sdk::Field::boolean("mlp_bias", "Whether the MLP's projections have biases.")
        .otherwise("false"),
    sdk::Field::number("dropout",
                       "Rate of dropout in training, on the embedding and the residual branches.")
        .otherwise("0")
        .minimum(0)
        .maximum(0.99),
    sdk::Field::number("init_scale",
                       "Standard deviation of initial weights; residual projections get it divided "
                       "by the root of twice the layers.")
        .otherwise("0.02")
        .minimum(0),
};

}  // namespace lmos::llama
