// What a backup is for: catalog and objects of the server under test are lost.
#pragma once

#include <string>

namespace e2e {

// Everything at these URLs, of backend_flags() or below the data directory. It can be made anew there.
void lose_catalog(const std::string& url);
void lose_objects(const std::string& url);

}  // namespace e2e
