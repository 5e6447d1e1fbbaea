// Writing a Hugging Face folder from any model.
#pragma once

#include "formats/convert/conversion.h"
#include "formats/convert/source.h"

namespace lmos {

ConversionResult convert_to_folder(const ConversionSource& source, const ConversionOptions& options,
                                   const ConversionEvents& events);

}  // namespace lmos
