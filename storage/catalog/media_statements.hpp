// The statements about stored files. Writing ones run inside of the writer's transaction.
#pragma once

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/page.hpp"

namespace storage::sql {

// The row, its event and its device's count; none of them where the content is there already.
base::Result<CommittedMedia> store_media(Connection& connection, const Media& media, const Event& event);

base::Result<std::optional<Media>> find_media(Connection& connection, const base::Uuid& id);
base::Result<std::optional<Media>> find_stored_file(Connection& connection, const StoredFileQuery& query);
base::Result<MediaPage> list_media(Connection& connection, const MediaQuery& query);

// What list_media() asks: for the test of the query plans, too.
base::Result<Query> media_query(const MediaQuery& query, Dialect dialect);

}  // namespace storage::sql
