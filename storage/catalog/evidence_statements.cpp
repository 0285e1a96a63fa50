#include "storage/catalog/evidence_statements.hpp"

#include <fmt/format.h>

#include "storage/evidence/chain.hpp"

namespace storage::sql {

base::Result<> append_evidence(Connection& connection, const base::Imei& imei, const base::Uuid& media,
                               std::string_view record) {
  // Counting locks the row before its hash is read: two nodes may be at the same device.
  auto counted = connection.query(
      "UPDATE devices SET chain_length = chain_length + 1 WHERE imei = $1 RETURNING chain_length, chain_hash",
      imei.number());
  if (!counted) return std::unexpected(counted.error());
  const auto row = counted->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return base::fail(base::Errc::not_found, fmt::format("the catalog has no device {}", imei.str()));
  const auto number = static_cast<std::uint64_t>(counted->integer(0));
  const auto hash = evidence::hash_of(counted->text(1), number, record);
  if (!hash) return std::unexpected(hash.error());
  if (auto end = counted->step(); !end) return std::unexpected(end.error());
  if (auto linked = connection.run("UPDATE devices SET chain_hash = $2 WHERE imei = $1", imei.number(), *hash); !linked)
    return linked;
  return connection.run("INSERT INTO evidence (imei, number, media_id, record, hash) VALUES ($1, $2, $3, $4, $5)",
                        imei.number(), number, media, record, *hash);
}

}  // namespace storage::sql
