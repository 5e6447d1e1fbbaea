/* The sizes that the structs had when version 1 of the ABI was frozen. A side that is given a
 * struct checks struct_size against the frozen size of what it uses, never against its own sizeof:
 * so both sides may grow. These numbers never change. */
#ifndef LLMASOS_V1_SIZES_H
#define LLMASOS_V1_SIZES_H

#define LMOS_TENSOR_INFO_V1_SIZE 80u
#define LMOS_ATTRIBUTE_V1_SIZE 64u
#define LMOS_NODE_V1_SIZE 72u
#define LMOS_PARAMETER_V1_SIZE 128u
#define LMOS_FIELD_V1_SIZE 120u
#define LMOS_HOST_V1_SIZE 40u
#define LMOS_HOST_THREADS_V1_SIZE 24u
#define LMOS_HOST_PROGRESS_V1_SIZE 16u
#define LMOS_HOST_CONFIG_V1_SIZE 80u
#define LMOS_CONFIG_WRITER_V1_SIZE 80u
#define LMOS_HOST_GRAPH_V1_SIZE 80u
#define LMOS_HOST_INFO_V1_SIZE 40u
#define LMOS_PLUGIN_V1_SIZE 120u
#define LMOS_DEVICE_INFO_V1_SIZE 136u
#define LMOS_BACKEND_INTERFACE_V1_SIZE 160u
#define LMOS_CAPTURE_INTERFACE_V1_SIZE 40u
#define LMOS_MODEL_INFO_V1_SIZE 48u
#define LMOS_MODEL_INTERFACE_V1_SIZE 88u
#define LMOS_TEXT_SOURCE_V1_SIZE 32u
#define LMOS_ENCODE_OPTIONS_V1_SIZE 32u
#define LMOS_ENCODING_V1_SIZE 72u
#define LMOS_LENGTH_SETTINGS_V1_SIZE 64u
#define LMOS_TOKENIZER_INTERFACE_V1_SIZE 152u
#define LMOS_DATASET_INTERFACE_V1_SIZE 72u

#endif
