/* lmos.backend.capture/1: a device that can record a sequence of kernels and launch it as one.
 * Offered beside lmos.backend/1. The host records an executable after its first run, and launches
 * the recording from then on: it writes inputs, and launches. */
#ifndef LLMASOS_CAPTURE_H
#define LLMASOS_CAPTURE_H

#include "llmasos/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LMOS_CAPTURE_ID "lmos.backend.capture/1"

typedef struct lmos_recording lmos_recording;

typedef struct lmos_capture_interface {
  uint32_t struct_size;
  uint32_t reserved;
  /* Until the next `end`, what kernel_run enqueues on the stream is recorded instead of done;
   * nothing but kernel_run is called with the stream. [instance] */
  lmos_status (*begin)(lmos_stream* stream);
  /* Ends recording. Also called, and the result released, after a kernel_run that failed: then any
   * status will do. The recording refers to the operands' memory and to the kernels, which outlive
   * it. [instance] */
  lmos_status (*end)(lmos_stream* stream, lmos_recording** recording);
  /* Enqueues all that was recorded, in order, on a stream of the same device. [instance] */
  lmos_status (*launch)(lmos_recording* recording, lmos_stream* stream);
  /* The recording's work is done. [any-thread] */
  void (*recording_release)(lmos_recording* recording);
} lmos_capture_interface;

#ifdef __cplusplus
}
#endif
#endif
