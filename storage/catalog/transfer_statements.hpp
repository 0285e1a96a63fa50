// The statements about transfers. Writing ones run inside of the writer's transaction.
#pragma once

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/page.hpp"

namespace storage::sql {

// A transfer that is recorded again, by its id, takes the place of what was known of it.
base::Result<> store_transfer(Connection& connection, const Transfer& transfer);
// Removes all but the newest `kept`.
base::Result<> prune_transfers(Connection& connection, std::uint32_t kept);
base::Result<TransferPage> list_transfers(Connection& connection, const TransferQuery& query);

// What list_transfers() asks: for the test of the query plans, too.
base::Result<Query> transfers_query(const TransferQuery& query, Dialect dialect);

}  // namespace storage::sql
