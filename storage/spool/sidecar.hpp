// The bytes of ID.sums. Little endian.
//
//   header  "DCSUMS" u16 version | u32 size of the whole header | the fields of SidecarHeader | 16 bytes checksum
//   record  u32 length of the block | 16 bytes checksum of the block | u32 check of these 20 bytes
//
// Every checksum of blocks and records is seeded from the header and the block's number, and the header holds the
// partial's id: a record in the wrong place, or of another partial whose disk blocks a crash brought back, is none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/ids.hpp"
#include "storage/spool/checksum.hpp"
#include "storage/spool/spool.hpp"

namespace storage {

// The protocol gives name and metadata 16-bit lengths; with the fixed fields a header is never longer than this.
constexpr std::size_t max_identity_text = 0xffff;
constexpr std::size_t max_sidecar_header = 2 * max_identity_text + 256;
constexpr std::size_t sidecar_prefix_size = 12;  // magic, version and size: what says how much to read
constexpr std::size_t block_record_size = 24;

struct SidecarHeader {
  base::Uuid id;
  FileIdentity identity;
  std::string rejected_sha256;  // empty, or 64 hexadecimal digits
};

struct BlockRecord {
  std::uint32_t length = 0;  // 1..block_size
  Checksum sum{};
};

// `invalid` when a text of the identity is longer than the protocol can say.
base::Result<base::Bytes> encode_header(const SidecarHeader& header);

// The size of the whole header, from its first sidecar_prefix_size bytes. Nothing when it is not one of ours.
std::optional<std::size_t> header_size(base::ByteView prefix) noexcept;
// Nothing unless `bytes` is one whole, undamaged header.
std::optional<SidecarHeader> decode_header(base::ByteView bytes);

// The seed of the checksums of a block. `header` is the encoded header.
std::uint64_t sidecar_seed(base::ByteView header) noexcept;
constexpr std::uint64_t block_seed(std::uint64_t sidecar_seed, std::uint64_t index) noexcept {
  return sidecar_seed + index;
}

std::array<std::uint8_t, block_record_size> encode_record(std::uint64_t seed, const BlockRecord& record) noexcept;
// Nothing when the record is damaged, of another place, or says a length that no block has.
std::optional<BlockRecord> decode_record(std::uint64_t seed, base::ByteView bytes) noexcept;

}  // namespace storage
