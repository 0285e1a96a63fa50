#include "tools/verify/ledger.hpp"

#include <algorithm>

#include "server/base/bytes.hpp"

namespace verify {

namespace evidence = storage::evidence;

namespace {
KnownFile known(const evidence::Entry& entry, const evidence::Record& record, const evidence::Place& place) {
  return std::visit(
      [&](const auto& said) {
        KnownFile file{.object_key = said.object_key,
                       .size = said.size,
                       .imei = said.imei,
                       .number = entry.number,
                       .place = place};
        const auto sha256 = base::from_hex(said.sha256).value_or(base::Bytes{});
        std::ranges::copy_n(sha256.begin(), static_cast<std::ptrdiff_t>(std::min(sha256.size(), file.sha256.size())),
                            file.sha256.begin());
        return file;
      },
      record);
}
}  // namespace

// A file may have been stored before there was evidence: then its deletion is the first that is heard of it.
void Ledger::add(const evidence::Entry& entry, const evidence::Record& record, const evidence::Place& place) {
  const auto* const deleted = std::get_if<evidence::Deleted>(&record);
  KnownFile file = known(entry, record, place);
  KnownFile* standing = find(file.object_key);
  if (standing == nullptr) {
    files_.push_back(std::move(file));
    standing = &files_.back();
    by_key_.emplace(standing->object_key, files_.size() - 1);
  }
  if (deleted != nullptr) standing->deleted_at = deleted->deleted_at;
}

KnownFile* Ledger::find(std::string_view object_key) {
  const auto at = by_key_.find(object_key);
  return at == by_key_.end() ? nullptr : &files_[at->second];
}

}  // namespace verify
