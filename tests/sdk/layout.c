/* The layout of every struct of the ABI on 64-bit machines. A failure here means that plugins which
 * were built before break: append members instead, and add their lines. */
#include <stddef.h>

#include "llmasos/backend.h"
#include "llmasos/capture.h"
#include "llmasos/config.h"
#include "llmasos/dataset.h"
#include "llmasos/graph.h"
#include "llmasos/host.h"
#include "llmasos/model.h"
#include "llmasos/plugin.h"
#include "llmasos/schema.h"
#include "llmasos/tokenizer.h"
#include "llmasos/types.h"
#include "llmasos/v1_sizes.h"

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has changed its size")
#define AT(type, member, bytes) \
  _Static_assert(offsetof(type, member) == (bytes), #type "." #member " has moved")

SIZE(lmos_string, 16);
AT(lmos_string, data, 0);
AT(lmos_string, size, 8);

SIZE(lmos_tensor_info, 80);
AT(lmos_tensor_info, struct_size, 0);
AT(lmos_tensor_info, dtype, 4);
AT(lmos_tensor_info, rank, 8);
AT(lmos_tensor_info, reserved, 12);
AT(lmos_tensor_info, dims, 16);

SIZE(lmos_sink, 16);
AT(lmos_sink, context, 0);
AT(lmos_sink, write, 8);

SIZE(lmos_host, 40);
AT(lmos_host, struct_size, 0);
AT(lmos_host, abi_version, 4);
AT(lmos_host, context, 8);
AT(lmos_host, log, 16);
AT(lmos_host, set_error, 24);
AT(lmos_host, get_service, 32);

SIZE(lmos_host_threads, 24);
AT(lmos_host_threads, struct_size, 0);
AT(lmos_host_threads, reserved, 4);
AT(lmos_host_threads, thread_count, 8);
AT(lmos_host_threads, parallel_for, 16);

SIZE(lmos_host_progress, 16);
AT(lmos_host_progress, struct_size, 0);
AT(lmos_host_progress, reserved, 4);
AT(lmos_host_progress, report, 8);

SIZE(lmos_host_config, 80);
AT(lmos_host_config, struct_size, 0);
AT(lmos_host_config, reserved, 4);
AT(lmos_host_config, kind, 8);
AT(lmos_host_config, size, 16);
AT(lmos_host_config, get, 24);
AT(lmos_host_config, at, 32);
AT(lmos_host_config, as_bool, 40);
AT(lmos_host_config, as_int, 48);
AT(lmos_host_config, as_float, 56);
AT(lmos_host_config, as_string, 64);
AT(lmos_host_config, place, 72);

SIZE(lmos_config_writer, 80);
AT(lmos_config_writer, struct_size, 0);
AT(lmos_config_writer, reserved, 4);
AT(lmos_config_writer, context, 8);
AT(lmos_config_writer, put_null, 16);
AT(lmos_config_writer, put_bool, 24);
AT(lmos_config_writer, put_int, 32);
AT(lmos_config_writer, put_float, 40);
AT(lmos_config_writer, put_string, 48);
AT(lmos_config_writer, begin_map, 56);
AT(lmos_config_writer, begin_list, 64);
AT(lmos_config_writer, end, 72);

SIZE(lmos_attribute, 64);
AT(lmos_attribute, struct_size, 0);
AT(lmos_attribute, kind, 4);
AT(lmos_attribute, name, 8);
AT(lmos_attribute, int_value, 24);
AT(lmos_attribute, float_value, 32);
AT(lmos_attribute, ints, 40);
AT(lmos_attribute, floats, 48);
AT(lmos_attribute, count, 56);

SIZE(lmos_node, 72);
AT(lmos_node, struct_size, 0);
AT(lmos_node, reserved, 4);
AT(lmos_node, op, 8);
AT(lmos_node, inputs, 24);
AT(lmos_node, input_count, 32);
AT(lmos_node, outputs, 40);
AT(lmos_node, output_count, 48);
AT(lmos_node, attributes, 56);
AT(lmos_node, attribute_count, 64);

SIZE(lmos_parameter, 128);
AT(lmos_parameter, struct_size, 0);
AT(lmos_parameter, init, 4);
AT(lmos_parameter, name, 8);
AT(lmos_parameter, info, 24);
AT(lmos_parameter, axes, 104);
AT(lmos_parameter, init_scale, 112);
AT(lmos_parameter, decay, 120);
AT(lmos_parameter, product, 124);

SIZE(lmos_host_graph, 80);
AT(lmos_host_graph, struct_size, 0);
AT(lmos_host_graph, reserved, 4);
AT(lmos_host_graph, compute_dtype, 8);
AT(lmos_host_graph, symbol, 16);
AT(lmos_host_graph, input, 24);
AT(lmos_host_graph, parameter, 32);
AT(lmos_host_graph, node, 40);
AT(lmos_host_graph, output, 48);
AT(lmos_host_graph, value_info, 56);
AT(lmos_host_graph, begin_block, 64);
AT(lmos_host_graph, end_block, 72);

SIZE(lmos_field, 128);
AT(lmos_field, struct_size, 0);
AT(lmos_field, type, 4);
AT(lmos_field, name, 8);
AT(lmos_field, doc, 24);
AT(lmos_field, default_value, 40);
AT(lmos_field, required, 56);
AT(lmos_field, element, 60);
AT(lmos_field, has_minimum, 64);
AT(lmos_field, has_maximum, 68);
AT(lmos_field, minimum, 72);
AT(lmos_field, maximum, 80);
AT(lmos_field, choices, 88);
AT(lmos_field, choice_count, 96);
AT(lmos_field, fields, 104);
AT(lmos_field, field_count, 112);
AT(lmos_field, path_use, 120);

SIZE(lmos_host_info, 40);
AT(lmos_host_info, struct_size, 0);
AT(lmos_host_info, abi_version, 4);
AT(lmos_host_info, name, 8);
AT(lmos_host_info, version, 24);

SIZE(lmos_plugin, 120);
AT(lmos_plugin, struct_size, 0);
AT(lmos_plugin, abi_min, 4);
AT(lmos_plugin, abi_max, 8);
AT(lmos_plugin, reserved, 12);
AT(lmos_plugin, name, 16);
AT(lmos_plugin, version, 32);
AT(lmos_plugin, description, 48);
AT(lmos_plugin, licence, 64);
AT(lmos_plugin, interfaces, 80);
AT(lmos_plugin, interface_count, 88);
AT(lmos_plugin, init, 96);
AT(lmos_plugin, deinit, 104);
AT(lmos_plugin, get_interface, 112);

SIZE(lmos_model_info, 48);
AT(lmos_model_info, struct_size, 0);
AT(lmos_model_info, reserved, 4);
AT(lmos_model_info, vocab_size, 8);
AT(lmos_model_info, context, 16);
AT(lmos_model_info, task, 24);
AT(lmos_model_info, classes, 40);

SIZE(lmos_model_interface, 88);
AT(lmos_model_interface, struct_size, 0);
AT(lmos_model_interface, reserved, 4);
AT(lmos_model_interface, fields, 8);
AT(lmos_model_interface, field_count, 16);
AT(lmos_model_interface, model_types, 24);
AT(lmos_model_interface, model_type_count, 32);
AT(lmos_model_interface, create, 40);
AT(lmos_model_interface, create_from_hugging_face, 48);
AT(lmos_model_interface, destroy, 56);
AT(lmos_model_interface, info, 64);
AT(lmos_model_interface, build, 72);
AT(lmos_model_interface, write_hugging_face, 80);

SIZE(lmos_text_source, 32);
AT(lmos_text_source, struct_size, 0);
AT(lmos_text_source, reserved, 4);
AT(lmos_text_source, context, 8);
AT(lmos_text_source, total_bytes, 16);
AT(lmos_text_source, next, 24);

SIZE(lmos_text_range, 16);
AT(lmos_text_range, begin, 0);
AT(lmos_text_range, end, 8);

SIZE(lmos_encode_options, 32);
AT(lmos_encode_options, struct_size, 0);
AT(lmos_encode_options, flags, 4);
AT(lmos_encode_options, max_length, 8);
AT(lmos_encode_options, stride, 16);
AT(lmos_encode_options, strategy, 24);
AT(lmos_encode_options, truncation_side, 28);

SIZE(lmos_encoding, 72);
AT(lmos_encoding, struct_size, 0);
AT(lmos_encoding, reserved, 4);
AT(lmos_encoding, count, 8);
AT(lmos_encoding, ids, 16);
AT(lmos_encoding, type_ids, 24);
AT(lmos_encoding, texts, 32);
AT(lmos_encoding, words, 40);
AT(lmos_encoding, special, 48);
AT(lmos_encoding, byte_offsets, 56);
AT(lmos_encoding, character_offsets, 64);

SIZE(lmos_encoding_sink, 16);
AT(lmos_encoding_sink, context, 0);
AT(lmos_encoding_sink, take, 8);

SIZE(lmos_length_settings, 64);
AT(lmos_length_settings, struct_size, 0);
AT(lmos_length_settings, pads, 4);
AT(lmos_length_settings, max_length, 8);
AT(lmos_length_settings, stride, 16);
AT(lmos_length_settings, strategy, 24);
AT(lmos_length_settings, truncation_side, 28);
AT(lmos_length_settings, padding_side, 32);
AT(lmos_length_settings, pad_id, 36);
AT(lmos_length_settings, pad_type_id, 40);
AT(lmos_length_settings, reserved, 44);
AT(lmos_length_settings, pad_length, 48);
AT(lmos_length_settings, pad_multiple, 56);

SIZE(lmos_tokenizer_interface, 152);
AT(lmos_tokenizer_interface, struct_size, 0);
AT(lmos_tokenizer_interface, reserved, 4);
AT(lmos_tokenizer_interface, train_fields, 8);
AT(lmos_tokenizer_interface, train_field_count, 16);
AT(lmos_tokenizer_interface, open, 24);
AT(lmos_tokenizer_interface, open_json, 32);
AT(lmos_tokenizer_interface, train, 40);
AT(lmos_tokenizer_interface, close, 48);
AT(lmos_tokenizer_interface, save, 56);
AT(lmos_tokenizer_interface, vocab_size, 64);
AT(lmos_tokenizer_interface, encode, 72);
AT(lmos_tokenizer_interface, encode_texts, 80);
AT(lmos_tokenizer_interface, length_settings, 88);
AT(lmos_tokenizer_interface, decode, 96);
AT(lmos_tokenizer_interface, token_to_id, 104);
AT(lmos_tokenizer_interface, id_to_token, 112);
AT(lmos_tokenizer_interface, stream_open, 120);
AT(lmos_tokenizer_interface, stream_push, 128);
AT(lmos_tokenizer_interface, stream_finish, 136);
AT(lmos_tokenizer_interface, stream_close, 144);

SIZE(lmos_dataset_interface, 80);
AT(lmos_dataset_interface, struct_size, 0);
AT(lmos_dataset_interface, reserved, 4);
AT(lmos_dataset_interface, fields, 8);
AT(lmos_dataset_interface, field_count, 16);
AT(lmos_dataset_interface, open, 24);
AT(lmos_dataset_interface, close, 32);
AT(lmos_dataset_interface, fingerprint, 40);
AT(lmos_dataset_interface, total_bytes, 48);
AT(lmos_dataset_interface, next, 56);
AT(lmos_dataset_interface, rewind, 64);
AT(lmos_dataset_interface, next_record, 72);

SIZE(lmos_device_info, 136);
AT(lmos_device_info, struct_size, 0);
AT(lmos_device_info, reserved, 4);
AT(lmos_device_info, name, 8);
AT(lmos_device_info, memory_bytes, 128);

SIZE(lmos_operand, 16);
AT(lmos_operand, buffer, 0);
AT(lmos_operand, offset, 8);

SIZE(lmos_backend_interface, 160);
AT(lmos_backend_interface, struct_size, 0);
AT(lmos_backend_interface, reserved, 4);
AT(lmos_backend_interface, fields, 8);
AT(lmos_backend_interface, field_count, 16);
AT(lmos_backend_interface, device_count, 24);
AT(lmos_backend_interface, device_open, 32);
AT(lmos_backend_interface, device_close, 40);
AT(lmos_backend_interface, device_info, 48);
AT(lmos_backend_interface, buffer_allocate, 56);
AT(lmos_backend_interface, buffer_wrap, 64);
AT(lmos_backend_interface, buffer_release, 72);
AT(lmos_backend_interface, buffer_address, 80);
AT(lmos_backend_interface, upload, 88);
AT(lmos_backend_interface, download, 96);
AT(lmos_backend_interface, stream_create, 104);
AT(lmos_backend_interface, stream_destroy, 112);
AT(lmos_backend_interface, stream_synchronize, 120);
AT(lmos_backend_interface, supports, 128);
AT(lmos_backend_interface, kernel_prepare, 136);
AT(lmos_backend_interface, kernel_release, 144);
AT(lmos_backend_interface, kernel_run, 152);

/* No struct may become smaller than it was when version 1 was frozen. */
#define NOT_SMALLER(type, v1_bytes) _Static_assert(sizeof(type) >= (v1_bytes), #type " has shrunk")
NOT_SMALLER(lmos_tensor_info, LMOS_TENSOR_INFO_V1_SIZE);
NOT_SMALLER(lmos_host, LMOS_HOST_V1_SIZE);
NOT_SMALLER(lmos_host_threads, LMOS_HOST_THREADS_V1_SIZE);
NOT_SMALLER(lmos_host_progress, LMOS_HOST_PROGRESS_V1_SIZE);
NOT_SMALLER(lmos_host_config, LMOS_HOST_CONFIG_V1_SIZE);
NOT_SMALLER(lmos_config_writer, LMOS_CONFIG_WRITER_V1_SIZE);
NOT_SMALLER(lmos_attribute, LMOS_ATTRIBUTE_V1_SIZE);
NOT_SMALLER(lmos_node, LMOS_NODE_V1_SIZE);
NOT_SMALLER(lmos_parameter, LMOS_PARAMETER_V1_SIZE);
NOT_SMALLER(lmos_host_graph, LMOS_HOST_GRAPH_V1_SIZE);
NOT_SMALLER(lmos_field, LMOS_FIELD_V1_SIZE);
NOT_SMALLER(lmos_host_info, LMOS_HOST_INFO_V1_SIZE);
NOT_SMALLER(lmos_plugin, LMOS_PLUGIN_V1_SIZE);
NOT_SMALLER(lmos_model_info, LMOS_MODEL_INFO_V1_SIZE);
NOT_SMALLER(lmos_model_interface, LMOS_MODEL_INTERFACE_V1_SIZE);
NOT_SMALLER(lmos_text_source, LMOS_TEXT_SOURCE_V1_SIZE);
NOT_SMALLER(lmos_encode_options, LMOS_ENCODE_OPTIONS_V1_SIZE);
NOT_SMALLER(lmos_encoding, LMOS_ENCODING_V1_SIZE);
NOT_SMALLER(lmos_length_settings, LMOS_LENGTH_SETTINGS_V1_SIZE);
NOT_SMALLER(lmos_tokenizer_interface, LMOS_TOKENIZER_INTERFACE_V1_SIZE);
NOT_SMALLER(lmos_dataset_interface, LMOS_DATASET_INTERFACE_V1_SIZE);
NOT_SMALLER(lmos_device_info, LMOS_DEVICE_INFO_V1_SIZE);
NOT_SMALLER(lmos_backend_interface, LMOS_BACKEND_INTERFACE_V1_SIZE);
NOT_SMALLER(lmos_capture_interface, LMOS_CAPTURE_INTERFACE_V1_SIZE);
