// Made-up devices, files and uploads for the tests of spool and intake.
#pragma once

#include <algorithm>
#include <random>

#include "storage/formats/format.hpp"
#include "storage/spool/spool.hpp"

inline base::Imei test_imei() {
  return *base::Imei::from_number(356307042441013);
}

// Bytes of no known format: every one of them is "whole".
inline base::Bytes noise(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  base::Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  if (!bytes.empty()) bytes[0] = 0x99;  // the head of no format
  return bytes;
}

// A file in packets, with a time of capture.
inline storage::FileIdentity packets_identity(std::uint64_t bytes, std::int64_t captured_ms = 1'700'000'000'000) {
  return {.imei = test_imei(),
          .name = "%photof",
          .declared_size = static_cast<std::uint32_t>((bytes + 1023) / 1024),
          .unit = storage::SizeUnit::packets,
          .captured_ms = captured_ms,
          .metadata = "meta"};
}

inline storage::FileIdentity bytes_identity(std::uint64_t bytes, std::int64_t captured_ms = 1'700'000'000'000) {
  auto identity = packets_identity(bytes, captured_ms);
  identity.declared_size = static_cast<std::uint32_t>(bytes);
  identity.unit = storage::SizeUnit::bytes;
  identity.name = "/media/1.jpg";
  return identity;
}

inline std::uint64_t block_count(base::ByteView file) {
  return (file.size() + storage::block_size - 1) / storage::block_size;
}

inline base::ByteView block_of(base::ByteView file, std::uint64_t index) {
  const auto rest = file.subspan(index * storage::block_size);
  return rest.first(std::min(rest.size(), storage::block_size));
}

// Goes on where the partial ends: adds the rest of `file` in pieces that do not fit into blocks.
inline base::Result<> write_rest(storage::Partial& partial, base::ByteView file) {
  constexpr std::size_t piece = 17'000;
  while (partial.size() < file.size()) {
    const auto rest = file.subspan(partial.size());
    if (auto added = partial.append(rest.first(std::min(rest.size(), piece))); !added) return added;
  }
  return {};
}
