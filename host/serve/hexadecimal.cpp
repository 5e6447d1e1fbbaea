#include "serve/hexadecimal.h"

#include <openssl/rand.h>

#include <vector>

#include "errors/error.h"

namespace lmos::serve {

std::string hexadecimal(const unsigned char* bytes, size_t count) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string random_digits(size_t bytes) {
  std::vector<unsigned char> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1)
    throw Error(ErrorKind::kResource, "the system gives no random numbers");
  return hexadecimal(random.data(), bytes);
}

}  // namespace lmos::serve
