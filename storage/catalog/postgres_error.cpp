#include "storage/catalog/postgres_error.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace storage::postgres {

namespace {
using base::Errc;

struct Meaning {
  std::string_view begins;  // of the SQLSTATE
  Errc code;
  Aftermath aftermath;
  std::string_view sentence;  // {} is the catalog
};

// The first that fits. Appendix A of PostgreSQL's manual.
constexpr std::array meanings{
    Meaning{"23505", Errc::conflict, Aftermath::usable, "the catalog {} holds such a row already"},
    Meaning{"23", Errc::invalid, Aftermath::usable, "the catalog {} refuses a row that breaks its rules"},
    Meaning{"22", Errc::invalid, Aftermath::usable, "the catalog {} refuses a value"},
    Meaning{"25006", Errc::unavailable, Aftermath::reconnect,
            "the catalog {} only reads, as a standby does: connect to the primary"},
    Meaning{"40", Errc::unavailable, Aftermath::repeat, "another transaction stood in the way in the catalog {}"},
    Meaning{"42P01", Errc::unavailable, Aftermath::usable,
            "the catalog {} has no tables yet: migrate it first with `dualcamd migrate`"},
    Meaning{"42703", Errc::invalid, Aftermath::usable,
            "the catalog {} has other columns than this program's: another program made its tables"},
    Meaning{"42501", Errc::refused, Aftermath::usable,
            "the role of the catalog {} lacks a right: docs/postgresql.md says which it needs"},
    Meaning{"42P07", Errc::conflict, Aftermath::usable, "the catalog {} has such a table already"},
    Meaning{"0A000", Errc::unavailable, Aftermath::reconnect, "the schema of the catalog {} was changed under way"},
    Meaning{"53100", Errc::exhausted, Aftermath::usable,
            "there is no space left to write the catalog {}: free some on its server, then it goes on by itself"},
    Meaning{"53300", Errc::unavailable, Aftermath::reconnect,
            "the server of the catalog {} takes no more connections: raise max_connections"},
    Meaning{"53", Errc::exhausted, Aftermath::usable, "the server of the catalog {} is short of something"},
    Meaning{"54", Errc::invalid, Aftermath::usable, "a value is too large for the catalog {}"},
    Meaning{"55P03", Errc::unavailable, Aftermath::repeat, "somebody else holds a lock in the catalog {}"},
    Meaning{"57014", Errc::unavailable, Aftermath::repeat,
            "the catalog {} took too long: its server is overloaded, or somebody else holds a lock"},
    Meaning{"57P", Errc::unavailable, Aftermath::reconnect, "the server of the catalog {} is stopping or starting"},
    Meaning{"DC410", Errc::corrupt, Aftermath::usable,
            "the catalog {} has deleted a file of this id: it must come again, under another id"},
    Meaning{"08", Errc::unavailable, Aftermath::reconnect, "the connection to the catalog {} was lost"},
    Meaning{"58", Errc::io, Aftermath::usable, "the server of the catalog {} has trouble with its disk: see its log"},
    Meaning{"XX", Errc::io, Aftermath::reconnect, "the catalog {} may be damaged: see the log of its server"},
};

// What the server says to those it does not let in, in English. In another language the text is shown as it is, and
// the connection tried again.
struct Refusal {
  std::string_view says;
  std::string_view advice;
};
constexpr std::array refusals{
    Refusal{"password authentication failed", "check user and password"},
    Refusal{"no password supplied", "put the password into the URL, PGPASSWORD or a password file"},
    Refusal{"no pg_hba.conf entry", "let this host and role in, in the server's pg_hba.conf"},
    Refusal{"authentication failed", "check how pg_hba.conf lets this role in"},
    Refusal{"role \"", "make the role: docs/postgresql.md has the statements"},
    Refusal{"database \"", "make the database: docs/postgresql.md has the statements"},
    Refusal{"invalid value for parameter", "check the parameters in the URL"},
    Refusal{"server does not support SSL", "use another sslmode, or switch TLS on in the server"},
    Refusal{"certificate", "check the certificates and sslmode"},
};

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\t')
      line += c;
    else if (!line.ends_with(' '))
      line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}
}  // namespace

Answer statement_failed(std::string_view sqlstate, std::string_view detail, std::string_view catalog) {
  Errc code = Errc::io;
  Aftermath aftermath = Aftermath::usable;
  std::string_view sentence = "the catalog {} answers with an error";
  const auto known =
      std::ranges::find_if(meanings, [&](const Meaning& meaning) { return sqlstate.starts_with(meaning.begins); });
  if (known != meanings.end()) {
    code = known->code;
    aftermath = known->aftermath;
    sentence = known->sentence;
  }
  return {{code, fmt::format("{} (PostgreSQL {}: {})", fmt::format(fmt::runtime(sentence), catalog), sqlstate,
                             on_one_line(detail))},
          aftermath};
}

base::Error connect_failed(std::string_view detail, std::string_view catalog) {
  const auto refusal =
      std::ranges::find_if(refusals, [&](const Refusal& known) { return detail.find(known.says) != detail.npos; });
  if (refusal != refusals.end())
    return {Errc::refused, fmt::format("the server of the catalog {} does not let us in: {} ({})", catalog,
                                       refusal->advice, on_one_line(detail))};
  return {Errc::unavailable,
          fmt::format("the catalog {} cannot be reached: check that its server runs and that the address is right ({})",
                      catalog, on_one_line(detail))};
}

}  // namespace storage::postgres
