#include "storage/spool/partial_state.hpp"

#include <fmt/format.h>

#include "server/base/log.hpp"

namespace storage {

Partial::Partial(std::unique_ptr<State> state) : state_(std::move(state)) {}
Partial::Partial(Partial&&) noexcept = default;
Partial& Partial::operator=(Partial&&) noexcept = default;
Partial::~Partial() = default;

const base::Uuid& Partial::id() const noexcept {
  return state_->header.id;
}
const FileIdentity& Partial::identity() const noexcept {
  return state_->header.identity;
}
const std::filesystem::path& Partial::data_path() const noexcept {
  return state_->data_path;
}
std::uint64_t Partial::size() const noexcept {
  return state_->size;
}
const std::string& Partial::rejected_sha256() const noexcept {
  return state_->header.rejected_sha256;
}

base::Result<> Partial::append(base::ByteView bytes) {
  State& state = *state_;
  if (auto fits = state.check_fits(bytes); !fits) return fits;
  if (auto opened = state.open_files(); !opened) return opened;
  auto appended = state.append(bytes);
  if (!appended) state.running.reset();  // it may have seen bytes that are not kept
  state.release_files();
  return appended;
}

base::Result<> Partial::trim(std::uint64_t size) {
  State& state = *state_;
  if (size > state.size)
    return base::fail(base::Errc::invalid, fmt::format("{} has {} bytes and cannot be trimmed to {}.",
                                                       state.data_path.native(), state.size, size));
  if (size == state.size) return {};
  const std::uint64_t index = size / block_size;
  const std::size_t kept = size % block_size;
  if (kept == 0) {
    state.cut_before(index);
    return {};
  }
  const auto block = state.read_block(index);
  if (!block) return std::unexpected(block.error());
  state.cut(size, BlockRecord{.length = static_cast<std::uint32_t>(kept),
                              .sum = checksum(block_seed(state.seed, index), base::ByteView(*block).first(kept))});
  return {};
}

base::Result<base::Bytes> Partial::read_block(std::uint64_t index) const {
  return state_->read_block(index);
}

base::Result<base::Bytes> Partial::read_from(std::uint64_t offset) const {
  const std::uint64_t end = size();
  if (offset > end)
    return base::fail(base::Errc::invalid,
                      fmt::format("{} has {} bytes: nothing can be read at {}.", data_path().native(), end, offset));
  base::Bytes bytes;
  bytes.reserve(end - offset);
  for (std::uint64_t at = offset; at < end; at = (at / block_size + 1) * block_size) {
    const auto block = read_block(at / block_size);
    if (!block) return std::unexpected(block.error());
    bytes.insert(bytes.end(), block->begin() + static_cast<std::ptrdiff_t>(at % block_size), block->end());
  }
  return bytes;
}

base::Result<> Partial::sync() {
  if (auto opened = state_->open_files(); !opened) return opened;
  auto synced = state_->data.sync();
  state_->release_files();
  return synced;
}

void Partial::discard() noexcept {
  if (!state_) return;  // moved from
  if (const auto removed = state_->remove(); !removed)
    base::log::warning("a file of the spool could not be removed", {{"reason", removed.error().message}});
}

}  // namespace storage
