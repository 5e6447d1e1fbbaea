#include "serve/state/database.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>

#include "errors/error.h"
#include "formats/file_descriptor.h"
#include "serve/state/schema.h"

namespace lmos::serve {
namespace {

constexpr int kBusyMilliseconds = 10'000;  // for another process to end its transaction

// SQLite would make it readable by everybody; its other files copy what it finds.
void create_private(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) throw_write_error("open", path, errno);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(const Database& database, std::string_view sql) : database_(&database) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(database.database_.get(), sql.data(),
                                      static_cast<int>(sql.size()), &statement, nullptr);
  statement_.reset(statement);
  if (code != SQLITE_OK) database.fail(code);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->fail(code);
  return false;
}

int64_t Statement::run() {
  while (step()) {
  }
  return sqlite3_changes64(database_->database_.get());
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::number(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return "";
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

void Statement::set(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data() == nullptr ? "" : text.data(),
                      text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::set(int index, double number) {
  sqlite3_bind_double(statement_.get(), index, number);
}

void Statement::set(int index, int64_t integer) {
  sqlite3_bind_int64(statement_.get(), index, integer);
}

void Statement::set(int index, std::nullopt_t) { sqlite3_bind_null(statement_.get(), index); }

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Database::Database(const std::filesystem::path& state_folder)
    : path_(state_folder / "state.sqlite") {
  std::error_code error;
  std::filesystem::create_directories(state_folder, error);
  if (error) throw_write_error("create", state_folder, error.value());
  create_private(path_);
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
  database_.reset(database);
  if (code != SQLITE_OK) fail(code);
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  configure();
  check_file();
  migrate();
}

Database::~Database() = default;

void Database::configure() {
  execute("PRAGMA journal_mode = WAL");
  // Each transaction reaches the disk before its call returns.
  execute("PRAGMA synchronous = FULL");
  execute("PRAGMA foreign_keys = ON");
}

void Database::check_file() {
  Statement check = prepare("PRAGMA quick_check(1)");
  if (check.step() && check.text(0) != "ok") fail(SQLITE_CORRUPT);
}

void Database::migrate() {
  const auto migrations = state_migrations();
  Transaction transaction(*this);
  Statement read_version = prepare("PRAGMA user_version");
  read_version.step();
  const auto version = static_cast<size_t>(read_version.integer(0));
  Statement read_application = prepare("PRAGMA application_id");
  read_application.step();
  const int64_t application = read_application.integer(0);
  Statement read_tables = prepare("SELECT count(*) FROM sqlite_schema");
  read_tables.step();
  const bool empty = read_tables.integer(0) == 0;
  if (!(empty && application == 0) && application != kStateApplication)
    throw Error(ErrorKind::kConfiguration,
                path_.string() + " is another program's database; set state_folder elsewhere");
  if (version > migrations.size())
    throw Error(ErrorKind::kConfiguration,
                path_.string() + " was written by a newer llmasosd: its schema is " +
                    std::to_string(version) + ", and this one knows " +
                    std::to_string(migrations.size()) +
                    "; install that release again, or set state_folder elsewhere");
  if (version == migrations.size()) return;
  for (size_t next = version; next < migrations.size(); ++next) execute(migrations[next]);
  execute(("PRAGMA application_id = " + std::to_string(kStateApplication)).c_str());
  execute(("PRAGMA user_version = " + std::to_string(migrations.size())).c_str());
  transaction.commit();
}

int64_t Database::version_seen() const {
  Statement statement = prepare("PRAGMA data_version");
  statement.step();
  return statement.integer(0);
}

void Database::execute(const char* sql) const {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) const {
  const std::string reason = database_ ? sqlite3_errmsg(database_.get()) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw Error(ErrorKind::kConfiguration,
                  path_.string() + " is damaged (" + reason +
                      "); restore it from a copy, or move it away to begin without API keys, "
                      "loaded models and jobs");
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_NOMEM:
      throw Error(ErrorKind::kResource,
                  "cannot write " + path_.string() + ": " + reason +
                      "; it holds what it held before. Is the disk full, or not ours to write?");
    default:
      throw Error(ErrorKind::kInternal, path_.string() + ": " + reason);
  }
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace lmos::serve
