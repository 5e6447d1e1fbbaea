// Rows of compact weights (skinny.h): widened to bf16, and multiplied as they are read.
#pragma once

#include "cpu/products/skinny_rows.h"

namespace lmos::cpu::LMOS_ISA {

inline constexpr int64_t kBlock = kCompactBlock;

// Where a row's blocks are.
struct CompactRow {
  const uint8_t* blocks;
  const uint8_t* bases;
  const bf16* raw;

  static CompactRow of(const Skinny& args, int64_t output) {
    const int64_t count = args.inputs / kBlock;
    return {static_cast<const uint8_t*>(args.w) + output * count * kCompactBytes,
            args.bases + output * count, args.raw};
  }
  const bf16* raw_block(int64_t block) const {
    uint32_t index;
    __builtin_memcpy(&index, blocks + block * kCompactBytes, sizeof index);
    return raw + index * kBlock;
  }
};

#if defined(__AVX512BF16__)

// Four vectors of 32 values.
struct CompactBlock {
  __m512bh v[4];
};

// An entry for each code: the exponent in its place.
LMOS_INLINE __m512i exponents_of(uint8_t base) {
  const __m512i steps =
      _mm512_and_si512(_mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17,
                                        16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                       _mm512_set1_epi16(15));
  constexpr __mmask32 kNotZero = 0x7fff7fff;
  return _mm512_slli_epi16(_mm512_maskz_sub_epi16(kNotZero, _mm512_set1_epi16(base), steps), 7);
}

LMOS_INLINE CompactBlock read_block(const CompactRow& row, int64_t block) {
  const uint8_t base = row.bases[block];
  if (base == kRawBlock) [[unlikely]] {
    const bf16* raw = row.raw_block(block);
    CompactBlock result;
    for (int i = 0; i < 4; ++i) result.v[i] = Dot<bf16>::values(raw + 32 * i);
    return result;
  }
  const uint8_t* p = row.blocks + block * kCompactBytes;
  const __m512i table = exponents_of(base);
  const __m512i first = _mm512_loadu_si512(p), second = _mm512_loadu_si512(p + 64),
                codes = _mm512_loadu_si512(p + 128);
  // The sign of `high`, the mantissa of `low`, and the exponent.
  const auto value = [](__m512i high, __m512i low, __m512i exponent) {
    const __m512i bits =
        _mm512_ternarylogic_epi32(_mm512_set1_epi16(static_cast<short>(0x8000)), high, low, 0xca);
    return reinterpret_cast<__m512bh>(_mm512_ternarylogic_epi32(
        bits, _mm512_set1_epi16(static_cast<short>(0x807f)), exponent, 0xea));
  };
  // Of an index, the table takes the lower five bits; its halves are alike.
  return {{value(_mm512_slli_epi16(first, 8), first, _mm512_permutexvar_epi16(codes, table)),
           value(first, _mm512_srli_epi16(first, 8),
                 _mm512_permutexvar_epi16(_mm512_srli_epi16(codes, 4), table)),
           value(_mm512_slli_epi16(second, 8), second,
                 _mm512_permutexvar_epi16(_mm512_srli_epi16(codes, 8), table)),
           value(second, _mm512_srli_epi16(second, 8),
                 _mm512_permutexvar_epi16(_mm512_srli_epi16(codes, 12), table))}};
}

inline void widen_blocks(const CompactRow& row, int64_t first, int64_t count, bf16* to) {
  for (int64_t b = first; b < first + count; ++b, to += kBlock) {
    const CompactBlock block = read_block(row, b);
    for (int i = 0; i < 4; ++i)
      _mm512_storeu_si512(to + 32 * i, reinterpret_cast<__m512i>(block.v[i]));
  }
}

// Outputs [output, output + outputs) of all rows, which are in tile order.
template <int rows, int outputs>
LMOS_INLINE void compact_tile(const Skinny& args, const bf16* x, int64_t output) {
  const int64_t blocks = args.inputs / kBlock;
  CompactRow row[outputs];
  for (int o = 0; o < outputs; ++o) row[o] = CompactRow::of(args, output + o);
  F32 total[rows][outputs];
  for (int r = 0; r < rows; ++r) {
    for (int o = 0; o < outputs; ++o) total[r][o] = F32::zero();
  }
  AskedFor asked{reinterpret_cast<const char*>(row[0].blocks) + outputs * blocks * kCompactBytes,
                 outputs * kCompactBytes / kLine};
  for (int64_t b = 0; b < blocks; ++b) {
    asked.ask();
    for (int o = 0; o < outputs; ++o) {
      const CompactBlock weights = read_block(row[o], b);
      for (int i = 0; i < 4; ++i) {
        for (int r = 0; r < rows; ++r)
          total[r][o] =
              Dot<bf16>::add(total[r][o], Dot<bf16>::values(x + (i * rows + r) * 32), weights.v[i]);
      }
    }
    x += rows * kBlock;
  }
  for (int r = 0; r < rows; ++r) {
    for (int o = 0; o < outputs; ++o) put_result(args, r, output + o, sum(total[r][o]));
  }
}

// Outputs [begin, end) of up to kTileRows rows; `scratch` of panel_bytes(args), or for one row,
// null.
inline void compact_tiles(const Skinny& args, void* scratch, int64_t begin, int64_t end) {
  const bf16* x = static_cast<const bf16*>(args.x);
  if (args.rows > 1) {
    pack_tiles(args, 0, args.rows, static_cast<bf16*>(scratch));
    x = static_cast<const bf16*>(scratch);
  }
  const auto tiles = [&]<int rows>(Type<int[rows]>) {
    int64_t output = begin;
    for (; output + 4 <= end; output += 4) compact_tile<rows, 4>(args, x, output);
    for (; output < end; ++output) compact_tile<rows, 1>(args, x, output);
  };
  switch (args.rows) {
    case 1:
      return tiles(Type<int[1]>{});
    case 2:
      return tiles(Type<int[2]>{});
    case 3:
      return tiles(Type<int[3]>{});
    default:
      return tiles(Type<int[kTileRows]>{});
  }
}

#else

// Written so that the compiler makes vector code of it.
inline void widen_blocks(const CompactRow& row, int64_t first, int64_t count, bf16* to) {
  for (int64_t b = first; b < first + count; ++b, to += kBlock) {
    if (row.bases[b] == kRawBlock) {
      __builtin_memcpy(to, row.raw_block(b), kBlock * sizeof(bf16));
      continue;
    }
    uint16_t words[kCompactBytes / 2];
    __builtin_memcpy(words, row.blocks + b * kCompactBytes, sizeof words);
    const uint16_t base = row.bases[b];
    for (int v = 0; v < 4; ++v) {
      const uint16_t* const plane = words + v / 2 * 32;
      const int up = v % 2 == 0 ? 8 : 0, down = 8 - up;
      for (int i = 0; i < 32; ++i) {
        const auto code = static_cast<uint16_t>(words[64 + i] >> (4 * v) & 15);
        const auto exponent = static_cast<uint16_t>(code == 15 ? 0 : base - code);
        to[32 * v + i] = {static_cast<uint16_t>((plane[i] << up & 0x8000) | exponent << 7 |
                                                (plane[i] >> down & 0x7f))};
      }
    }
  }
}

#endif

// The source of a tile's weights (skinny_rows.h).
struct CompactWeights {
  static constexpr bool kWidened = true;
  static constexpr int64_t kSteps = kWidenedSteps;
  CompactRow matrix;  // its first row
  int64_t blocks;     // of a row
  bf16* to;

  LMOS_INLINE const char* row(int64_t output) const {
    return reinterpret_cast<const char*>(matrix.blocks + output * blocks * kCompactBytes);
  }
  LMOS_INLINE WeightRows<bf16> block(int64_t output, int64_t outputs, int64_t step,
                                     int64_t steps) const {
    constexpr int64_t kEach = kBlock / Dot<bf16>::kStep, kStride = kSteps / kEach * kBlock;
    for (int64_t o = 0; o < outputs; ++o) {
      const CompactRow row{matrix.blocks + (output + o) * blocks * kCompactBytes,
                           matrix.bases + (output + o) * blocks, matrix.raw};
      widen_blocks(row, step / kEach, steps / kEach, to + o * kStride);
    }
    return {to, kStride};
  }
};

}  // namespace lmos::cpu::LMOS_ISA
