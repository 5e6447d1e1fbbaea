// Writing a GGUF file from any model.
#pragma once

#include "formats/convert/conversion.h"
#include "formats/convert/source.h"

namespace lmos {

ConversionResult convert_to_gguf(const ConversionSource& source, const ConversionOptions& options,
                                 const ConversionEvents& events);

}  // namespace lmos
