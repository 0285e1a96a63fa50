#include "storage/spool/spool_core.hpp"

#include <array>

#include "server/base/log.hpp"

namespace storage {

base::Result<> SpoolCore::remove_files(const base::Uuid& id) const {
  base::Result<> result;
  for (const auto& path : {data_path(id), sums_path(id)}) {
    auto removed = files.remove(path);
    if (!removed && removed.error().code != base::Errc::not_found) result = std::move(removed);
  }
  return result;
}

void SpoolCore::drop_files(const base::Uuid& id, std::string_view reason) const {
  const auto removed = remove_files(id);
  base::log::info(
      "dropped a partial file",
      {{"partial", id.str()}, {"reason", reason}, {"trouble", removed ? std::string() : removed.error().message}});
}

base::Result<LoadedHeader> load_header(const File& sums, const base::Uuid& id) {
  const auto damaged = [&] {
    return base::fail(base::Errc::corrupt, sums.path().string() + " does not begin with the header of its partial.");
  };
  std::array<std::uint8_t, sidecar_prefix_size> prefix;
  const auto prefix_read = sums.read_at(0, prefix);
  if (!prefix_read) return std::unexpected(prefix_read.error());
  const auto size = header_size(base::ByteView(prefix).first(*prefix_read));
  if (!size) return damaged();

  base::Bytes bytes(*size);
  const auto read = sums.read_at(0, bytes);
  if (!read) return std::unexpected(read.error());
  bytes.resize(*read);
  auto header = decode_header(bytes);
  if (!header || header->id != id) return damaged();
  return LoadedHeader{.header = std::move(*header), .size = bytes.size(), .seed = sidecar_seed(bytes)};
}

}  // namespace storage
