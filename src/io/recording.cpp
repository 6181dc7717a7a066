// SPDX-License-Identifier: Apache-2.0
#include "picket/io/recording.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

#include "picket/base/assert.h"
#include "picket/io/file.h"
#include "recording_features.h"

namespace picket {
namespace {

constexpr int kGeoPackage = 0x47504B47;    // "GPKG"
constexpr int kGeoPackageVersion = 10300;  // 1.3.0
constexpr int kPageBytes = 8192;
// A checkpoint carries the log into the file and waits for the disk: not too often.
constexpr int kCheckpointPages = (4 << 20) / kPageBytes;
constexpr int kBusyMs = 500;
// Opening reads the schema and the last two entries. Far more work than this can only come of a
// file made to keep us busy.
constexpr int kOpenSteps = 2'000'000;

constexpr const char* kWgs84 =
    "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,"
    "AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,"
    "AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,"
    "AUTHORITY[\"EPSG\",\"9122\"]],AUTHORITY[\"EPSG\",\"4326\"]]";

/// Tables that GeoPackage prescribes (OGC 12-128r18, tables 3, 4 and 6), and ours. A recording has
/// exactly these statements in its schema; a name is the object's, triggers and indexes included.
struct SchemaObject {
  std::string name;
  std::string sql;
};

std::string LayerSql(const LayerShape& shape) {
  return fmt::format("CREATE TABLE {} (fid INTEGER PRIMARY KEY NOT NULL, {})", shape.table,
                     shape.columns);
}

const LayerShape& ShapeAt(std::size_t i) { return ShapeOf(static_cast<Layer>(i)); }

const std::vector<SchemaObject>& Schema() {
  static const std::vector<SchemaObject> schema = [] {
    std::vector<SchemaObject> all = {
        {"gpkg_spatial_ref_sys",
         "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY "
         "NOT NULL, organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, "
         "definition TEXT NOT NULL, description TEXT)"},
        {"gpkg_contents",
         "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY NOT NULL, data_type TEXT NOT "
         "NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL "
         "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), min_x DOUBLE, min_y DOUBLE, max_x "
         "DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) "
         "REFERENCES gpkg_spatial_ref_sys(srs_id))"},
        {"gpkg_geometry_columns",
         "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
         "geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT "
         "NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT "
         "uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) "
         "REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) "
         "REFERENCES gpkg_spatial_ref_sys(srs_id))"},
        {"recording",
         "CREATE TABLE recording (id INTEGER PRIMARY KEY NOT NULL, format INTEGER NOT NULL, note "
         "TEXT)"},
        {"evidence",
         "CREATE TABLE evidence (sequence INTEGER PRIMARY KEY NOT NULL, kind INTEGER NOT NULL, "
         "received_ns INTEGER NOT NULL, hash BLOB NOT NULL, payload BLOB NOT NULL)"},
        {"evidence_by_kind", "CREATE INDEX evidence_by_kind ON evidence (kind)"},
        {"evidence_insert",
         "CREATE TRIGGER evidence_insert BEFORE INSERT ON evidence WHEN NEW.sequence IS NOT "
         "(SELECT coalesce(max(sequence), 0) + 1 FROM evidence) BEGIN SELECT RAISE(ABORT, 'the "
         "evidence log is append-only'); END"},
        {"evidence_update",
         "CREATE TRIGGER evidence_update BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'the "
         "evidence log is append-only'); END"},
        {"evidence_delete",
         "CREATE TRIGGER evidence_delete BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'the "
         "evidence log is append-only'); END"},
    };
    for (std::size_t i = 0; i < kLayers; ++i) {
      all.push_back({ShapeAt(i).table, LayerSql(ShapeAt(i))});
    }
    return all;
  }();
  return schema;
}

/// The rows of GeoPackage's own tables that describe ours.
std::string DescriptionSql() {
  std::string sql = fmt::format(
      "INSERT INTO gpkg_spatial_ref_sys VALUES "
      "('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL), "
      "('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL), "
      "('WGS 84 geodetic', 4326, 'EPSG', 4326, '{}', 'longitude, latitude; heights above the "
      "ellipsoid');"
      "INSERT INTO recording VALUES (1, {}, 'The table evidence is the record; the layers are "
      "derived from it. See docs/recording.md of picket.');"
      "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES "
      "('evidence', 'attributes', 'evidence', 'Append-only, hash-chained log'), "
      "('recording', 'attributes', 'recording', 'Version of the layout');",
      kWgs84, kRecordingFormat);
  for (std::size_t i = 0; i < kLayers; ++i) {
    const LayerShape& shape = ShapeAt(i);
    sql += fmt::format(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES "
        "('{0}', 'features', '{0}', '{1}', 4326);"
        "INSERT INTO gpkg_geometry_columns VALUES ('{0}', 'geom', '{2}', 4326, {3}, 0);",
        shape.table, shape.title, shape.geometry, shape.has_height ? 1 : 0);
  }
  return sql;
}

struct StatementCloser {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};
using Statement = std::unique_ptr<sqlite3_stmt, StatementCloser>;

struct DatabaseCloser {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Database = std::unique_ptr<sqlite3, DatabaseCloser>;

/// Resets a statement that is kept for the next time, so that it holds no lock meanwhile.
class ResetAfter {
 public:
  explicit ResetAfter(const Statement& s) : s_(s.get()) {}
  ~ResetAfter() { sqlite3_reset(s_); }
  ResetAfter(const ResetAfter&) = delete;
  ResetAfter& operator=(const ResetAfter&) = delete;

 private:
  sqlite3_stmt* s_;
};

std::string_view BytesAt(sqlite3_stmt* s, int column) {
  const void* data = sqlite3_column_blob(s, column);
  const int size = sqlite3_column_bytes(s, column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void BindBlob(sqlite3_stmt* s, int index, std::string_view bytes) {
  // A null pointer would bind NULL, and an empty payload is not none.
  sqlite3_bind_blob64(s, index, bytes.empty() ? "" : bytes.data(), bytes.size(), SQLITE_STATIC);
}

void Bind(sqlite3_stmt* s, int index, const FeatureValue& value) {
  switch (value.type) {
    case FeatureValue::Type::kNull:
      sqlite3_bind_null(s, index);
      break;
    case FeatureValue::Type::kInteger:
      sqlite3_bind_int64(s, index, value.integer);
      break;
    case FeatureValue::Type::kReal:
      sqlite3_bind_double(s, index, value.real);
      break;
    case FeatureValue::Type::kText:
      sqlite3_bind_text64(s, index, value.bytes.empty() ? "" : value.bytes.data(),
                          value.bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    case FeatureValue::Type::kBlob:
      BindBlob(s, index, value.bytes);
      break;
  }
}

bool Fits(sqlite3_stmt* s, int column, const FeatureValue& value) {
  const int type = sqlite3_column_type(s, column);
  switch (value.type) {
    case FeatureValue::Type::kNull:
      return type == SQLITE_NULL;
    case FeatureValue::Type::kInteger:
      return type == SQLITE_INTEGER && sqlite3_column_int64(s, column) == value.integer;
    case FeatureValue::Type::kReal:
      // Another machine's mathematical library may have rounded the course otherwise.
      return type == SQLITE_FLOAT && std::abs(sqlite3_column_double(s, column) - value.real) <=
                                         1e-9 * std::max(1.0, std::abs(value.real));
    case FeatureValue::Type::kText:
      return type == SQLITE_TEXT && BytesAt(s, column) == value.bytes;
    case FeatureValue::Type::kBlob:
      return type == SQLITE_BLOB && BytesAt(s, column) == value.bytes;
  }
  return false;
}

/// An entry as a row of (sequence, kind, received_ns, hash, payload) holds it.
struct StoredEntry {
  EntryView view;
  bool typed = false;  ///< every value has the type that we write

  [[nodiscard]] Entry Owned() const {
    return {view.sequence, view.kind, view.received, std::string(view.payload)};
  }
};

StoredEntry EntryAt(sqlite3_stmt* s) {
  StoredEntry entry;
  const int kind = sqlite3_column_int(s, 1);
  entry.typed = sqlite3_column_type(s, 1) == SQLITE_INTEGER && kind >= 0 && kind <= 255 &&
                sqlite3_column_type(s, 2) == SQLITE_INTEGER &&
                sqlite3_column_type(s, 4) == SQLITE_BLOB;
  entry.view.sequence = sqlite3_column_int64(s, 0);
  entry.view.kind = static_cast<EntryKind>(kind);
  entry.view.received = Time::Ns(sqlite3_column_int64(s, 2));
  entry.view.payload = BytesAt(s, 4);
  return entry;
}

std::optional<Hash> HashAt(sqlite3_stmt* s) {
  const std::string_view bytes = BytesAt(s, 3);
  Hash hash;
  if (sqlite3_column_type(s, 3) != SQLITE_BLOB || bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

bool IsDamage(int code) {
  return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
}

/// What the codes of SQLite mean to who reads the message.
std::string Explain(int code, const char* sqlite_text) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process is writing this recording";
    case SQLITE_READONLY:
      return "the recording, or the folder that it is in, cannot be written";
    case SQLITE_NOTADB:
      return "not a recording";
    case SQLITE_CORRUPT:
      return fmt::format("the file is damaged ({})", sqlite_text);
    case SQLITE_INTERRUPT:
      return "the file is damaged (reading it does not end)";
    case SQLITE_CANTOPEN:
      return "cannot be opened";
    case SQLITE_IOERR:
      return fmt::format("input/output error ({})", sqlite_text);
    default:
      return sqlite_text;
  }
}

/// SQLite gives ":memory:", "file:..." and the empty name meanings of their own.
std::string PlainPath(const std::string& path) {
  return path.empty() || path.front() == '/' ? path : "./" + path;
}

}  // namespace

using Status = tl::expected<void, Error>;

class Recording::Impl {
 public:
  explicit Impl(std::string path) : path_(std::move(path)) {}
  ~Impl() { static_cast<void>(Close()); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status Open(int flags);
  Status OpenBytes(std::span<const std::uint8_t> bytes);
  Status OpenMemory();
  Status MakeNew();
  /// Checks that this is a recording that we know and, to read, where its chain ends.
  Status CheckIn(bool to_write);
  /// Takes the place of the one writer and makes ready for Append.
  Status StartWriting();
  Result<std::int64_t> Append(std::span<const NewEntry> entries);
  Status ForEach(const EntryFilter& filter,
                 const std::function<bool(const EntryView&)>& each) const;
  Result<VerifyResult> Verify(std::optional<Head> known,
                              const std::function<void(double)>& progress) const;
  Status Close();
  [[nodiscard]] const Head& head() const { return head_; }
  [[nodiscard]] bool NeedsRollback() const { return needs_rollback_; }

 private:
  [[nodiscard]] tl::unexpected<Error> Problem(std::string what) const;
  [[nodiscard]] tl::unexpected<Error> Problem() const;
  [[nodiscard]] Status Run(const std::string& sql) const;
  [[nodiscard]] Result<Statement> Prepare(const std::string& sql) const;
  [[nodiscard]] Result<std::int64_t> Number(const std::string& sql) const;
  void Harden();
  Status CheckFormat(bool to_write) const;
  Status FindHead(bool must_fit);
  /// The layers' rows of the next alerts hang on the last picture.
  Status RestoreDeriver();
  Status Begin();
  Status Insert(std::span<const NewEntry> entries, Head& head);
  Status InsertFeature(Layer layer, std::span<const FeatureValue> row);
  tl::unexpected<Error> GiveUp(Error error);
  Status Walk(VerifyResult& result, ChainWalk& chain,
              const std::function<void(double)>& progress) const;

  std::string path_;
  Database db_;
  Head head_{0, FirstHash()};
  bool writing_ = false;
  bool needs_rollback_ = false;
  std::optional<Error> failed_;  ///< no more can be appended
  FeatureDeriver deriver_;
  Statement insert_;
  std::array<Statement, kLayers> insert_feature_;
};

tl::unexpected<Error> Recording::Impl::Problem(std::string what) const {
  Error error;
  error.source = path_;
  error.what = std::move(what);
  return tl::unexpected<Error>(std::move(error));
}

tl::unexpected<Error> Recording::Impl::Problem() const {
  if (!db_) return Problem("out of memory");
  return Problem(Explain(sqlite3_errcode(db_.get()), sqlite3_errmsg(db_.get())));
}

Status Recording::Impl::Run(const std::string& sql) const {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Problem();
  }
  return {};
}

Result<Statement> Recording::Impl::Prepare(const std::string& sql) const {
  sqlite3_stmt* s = nullptr;
  if (sqlite3_prepare_v3(db_.get(), sql.c_str(), static_cast<int>(sql.size()), 0, &s, nullptr) !=
      SQLITE_OK) {
    return Problem();
  }
  return Statement(s);
}

/// The first column of the first row; 0 if there is none or it is no number.
Result<std::int64_t> Recording::Impl::Number(const std::string& sql) const {
  auto s = Prepare(sql);
  if (!s) return tl::unexpected<Error>(s.error());
  const int code = sqlite3_step(s->get());
  if (code == SQLITE_ROW) return sqlite3_column_int64(s->get(), 0);
  if (code == SQLITE_DONE) return 0;
  return Problem();
}

Status Recording::Impl::Open(int flags) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(PlainPath(path_).c_str(), &db,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) return Problem();
  Harden();
  return {};
}

Status Recording::Impl::OpenMemory() {
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(":memory:", &db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) return Problem();
  return {};
}

Status Recording::Impl::OpenBytes(std::span<const std::uint8_t> bytes) {
  if (auto done = OpenMemory(); !done) return done;
  // SQLite does not write to an image that is given read-only, whatever its signature says.
  auto* const data = const_cast<unsigned char*>(bytes.data());
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  if (sqlite3_deserialize(db_.get(), "main", data, size, size, SQLITE_DESERIALIZE_READONLY) !=
      SQLITE_OK) {
    return Problem();
  }
  Harden();
  return {};
}

/// A recording may come from anybody: nothing in it is to be executed. Its triggers guard it
/// against other programs; we append by rule.
void Recording::Impl::Harden() {
  sqlite3* const db = db_.get();
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, static_cast<int>(kMaxPayloadBytes) + 4096);
  sqlite3_busy_timeout(db, kBusyMs);
  sqlite3_exec(db, "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0", nullptr, nullptr, nullptr);
}

/// Made in memory and then put into place as a whole: whenever the process may be killed, there is
/// a recording or none.
Status Recording::Impl::MakeNew() {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-journal"}) {
    const std::string file = path_ + suffix;
    const auto status = std::filesystem::status(file, ignored);
    if (!std::filesystem::exists(status)) continue;
    const bool empty = suffix[0] == '\0' && std::filesystem::is_regular_file(status) &&
                       std::filesystem::file_size(file, ignored) == 0;
    if (empty) continue;
    // A log without its file would be taken for that of the new one.
    return Problem(suffix[0] == '\0' ? "exists already"
                                     : file + " is there, of another recording: move it away");
  }
  if (auto done = OpenMemory(); !done) return done;
  std::string sql = fmt::format(
      "PRAGMA page_size={}; PRAGMA encoding='UTF-8'; BEGIN; PRAGMA application_id={}; PRAGMA "
      "user_version={};",
      kPageBytes, kGeoPackage, kGeoPackageVersion);
  for (const SchemaObject& object : Schema()) sql += object.sql + ";";
  sql += DescriptionSql() + "COMMIT";
  if (auto done = Run(sql); !done) return done;
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> image(
      sqlite3_serialize(db_.get(), "main", &size, 0), &sqlite3_free);
  if (!image) return Problem("out of memory");
  return WriteFile(path_,
                   {reinterpret_cast<const char*>(image.get()), static_cast<std::size_t>(size)});
}

Status Recording::Impl::CheckIn(bool to_write) {
  sqlite3_progress_handler(
      db_.get(), kOpenSteps, [](void*) { return 1; }, nullptr);
  Status done = CheckFormat(to_write);
  if (done && !to_write) done = FindHead(false);
  needs_rollback_ = !done && sqlite3_extended_errcode(db_.get()) == SQLITE_READONLY_ROLLBACK;
  sqlite3_progress_handler(db_.get(), 0, nullptr, nullptr);
  return done;
}

Status Recording::Impl::CheckFormat(bool to_write) const {
  const auto application = Number("PRAGMA application_id");
  if (!application) return tl::unexpected<Error>(application.error());
  if (*application != kGeoPackage) {
    std::error_code none;  // of a device or what is no file: it has no size
    return Problem(std::filesystem::file_size(path_, none) == 0 && !none
                       ? "not a recording: the file is empty"
                       : "not a recording");
  }
  std::vector<SchemaObject> missing = Schema();
  std::string foreign_trigger;
  auto objects = Prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema");
  if (!objects) return tl::unexpected<Error>(objects.error());
  int code = SQLITE_OK;
  bool has_format = false;
  std::string altered;
  while ((code = sqlite3_step(objects->get())) == SQLITE_ROW) {
    const std::string_view type = BytesAt(objects->get(), 0);
    const std::string_view name = BytesAt(objects->get(), 1);
    const std::string_view table = BytesAt(objects->get(), 2);
    const std::string_view sql = BytesAt(objects->get(), 3);
    has_format = has_format || name == "recording";
    const auto ours = std::find_if(missing.begin(), missing.end(),
                                   [&](const SchemaObject& o) { return o.name == name; });
    if (ours != missing.end()) {
      if (ours->sql != sql) altered = name;
      missing.erase(ours);
    } else if (type == "trigger" && std::any_of(Schema().begin(), Schema().end(),
                                                [&](const auto& o) { return o.name == table; })) {
      foreign_trigger = name;
    }
  }
  if (code != SQLITE_DONE) return Problem();
  if (!has_format) return Problem("a GeoPackage, but not a recording");
  const auto format = Number("SELECT format FROM recording WHERE id = 1");
  if (!format) return tl::unexpected<Error>(format.error());
  if (*format > kRecordingFormat) {
    return Problem(
        fmt::format("a recording of format {}, written by a later picket; this one knows up to {}",
                    *format, kRecordingFormat));
  }
  if (*format != kRecordingFormat) return Problem("its table 'recording' was altered");
  if (!missing.empty()) altered = missing.front().name;
  if (!altered.empty()) return Problem(fmt::format("its table or rule '{}' was altered", altered));
  if (to_write && !foreign_trigger.empty()) {
    return Problem(
        fmt::format("another program added the trigger '{}': it can be read, but not continued",
                    foreign_trigger));
  }
  return {};
}

Status Recording::Impl::FindHead(bool must_fit) {
  head_ = {0, FirstHash()};
  auto last = Prepare(
      "SELECT sequence, kind, received_ns, hash, payload FROM evidence ORDER BY sequence DESC "
      "LIMIT 2");
  if (!last) return tl::unexpected<Error>(last.error());
  int code = sqlite3_step(last->get());
  if (code == SQLITE_DONE) return {};
  if (code != SQLITE_ROW) return Problem();
  Entry entry = EntryAt(last->get()).Owned();
  const std::optional<Hash> hash = HashAt(last->get());
  code = sqlite3_step(last->get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) return Problem();
  Head before{0, FirstHash()};
  std::optional<Hash> hash_before = before.hash;
  if (code == SQLITE_ROW) {
    before.sequence = sqlite3_column_int64(last->get(), 0);
    hash_before = HashAt(last->get());
  }
  const bool fits = hash && hash_before && entry.sequence == before.sequence + 1 &&
                    ChainHash(*hash_before, entry.View()) == *hash;
  if (must_fit && !fits) {
    return Problem(
        fmt::format("entry {} does not fit the chain: not to be continued (see picket "
                    "check)",
                    entry.sequence));
  }
  head_ = {entry.sequence, hash.value_or(Hash{})};
  return {};
}

Status Recording::Impl::StartWriting() {
  if (sqlite3_db_readonly(db_.get(), "main") == 1) return Problem("cannot be written");
  if (auto done = Run("PRAGMA journal_mode=WAL"); !done) return done;
  // A commit waits until the disk has it; without FULL the last ones could be lost.
  if (auto done = Run(fmt::format("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint={}; PRAGMA "
                                  "cache_size=-16384",
                                  kCheckpointPages));
      !done) {
    return done;
  }
  writing_ = true;
  // The write lock is held from here to Close, but for an instant after each commit.
  if (auto done = Run("BEGIN IMMEDIATE"); !done) return done;
  if (auto done = FindHead(true); !done) return done;
  if (auto done = RestoreDeriver(); !done) return done;
  auto insert = Prepare(
      "INSERT INTO evidence (sequence, kind, received_ns, hash, payload) VALUES (?1,?2,?3,?4,?5)");
  if (!insert) return tl::unexpected<Error>(insert.error());
  insert_ = std::move(*insert);
  for (std::size_t i = 0; i < kLayers; ++i) {
    std::string places = "NULL";
    for (int column = 1; column <= ShapeAt(i).column_count; ++column) {
      places += fmt::format(",?{}", column);
    }
    auto feature = Prepare(fmt::format("INSERT INTO {} VALUES ({})", ShapeAt(i).table, places));
    if (!feature) return tl::unexpected<Error>(feature.error());
    insert_feature_[i] = std::move(*feature);
  }
  return {};
}

Status Recording::Impl::RestoreDeriver() {
  deriver_ = FeatureDeriver();
  auto last = Prepare(
      fmt::format("SELECT sequence, kind, received_ns, hash, payload FROM evidence WHERE kind = {} "
                  "ORDER BY sequence DESC LIMIT 1",
                  static_cast<int>(EntryKind::kPicture)));
  if (!last) return tl::unexpected<Error>(last.error());
  const int code = sqlite3_step(last->get());
  if (code == SQLITE_ROW) {
    deriver_.Take(EntryAt(last->get()).view, [](Layer, std::span<const FeatureValue>) {});
  } else if (code != SQLITE_DONE) {
    return Problem();
  }
  return {};
}

Status Recording::Impl::Begin() {
  if (sqlite3_get_autocommit(db_.get()) == 0) return {};
  if (auto done = Run("BEGIN IMMEDIATE"); !done) return done;
  const auto last = Number("SELECT max(sequence) FROM evidence");
  if (!last) return tl::unexpected<Error>(last.error());
  if (*last != head_.sequence) {
    static_cast<void>(Run("ROLLBACK"));
    return Problem("another program has written into this recording");
  }
  return {};
}

Status Recording::Impl::InsertFeature(Layer layer, std::span<const FeatureValue> row) {
  const Statement& s = insert_feature_[static_cast<std::size_t>(layer)];
  PICKET_ASSERT(row.size() == static_cast<std::size_t>(ShapeOf(layer).column_count),
                "a layer's rows have its columns");
  const ResetAfter reset(s);
  for (std::size_t i = 0; i < row.size(); ++i) Bind(s.get(), static_cast<int>(i) + 1, row[i]);
  if (sqlite3_step(s.get()) != SQLITE_DONE) return Problem();
  return {};
}

Status Recording::Impl::Insert(std::span<const NewEntry> entries, Head& head) {
  for (const NewEntry& entry : entries) {
    if (entry.payload.size() > kMaxPayloadBytes) {
      return Problem(fmt::format("an entry of {} bytes, at most {} are kept", entry.payload.size(),
                                 kMaxPayloadBytes));
    }
    const EntryView view{head.sequence + 1, entry.kind, entry.received, entry.payload};
    head = {view.sequence, ChainHash(head.hash, view)};
    {
      const ResetAfter reset(insert_);
      sqlite3_stmt* const s = insert_.get();
      sqlite3_bind_int64(s, 1, view.sequence);
      sqlite3_bind_int(s, 2, static_cast<int>(view.kind));
      sqlite3_bind_int64(s, 3, view.received.ns());
      BindBlob(s, 4, {reinterpret_cast<const char*>(head.hash.data()), head.hash.size()});
      BindBlob(s, 5, view.payload);
      if (sqlite3_step(s) != SQLITE_DONE) return Problem();
    }
    Status features;
    deriver_.Take(view, [&](Layer layer, std::span<const FeatureValue> row) {
      if (features) features = InsertFeature(layer, row);
    });
    if (!features) return features;
  }
  return {};
}

Result<std::int64_t> Recording::Impl::Append(std::span<const NewEntry> entries) {
  PICKET_ASSERT(writing_, "only a recording opened to write is appended to");
  if (failed_) return tl::unexpected<Error>(*failed_);
  if (entries.empty()) return head_.sequence;
  if (auto done = Begin(); !done) return tl::unexpected<Error>(done.error());
  Head head = head_;
  if (auto done = Insert(entries, head); !done) return GiveUp(done.error());
  if (auto done = Run("COMMIT"); !done) return GiveUp(done.error());
  head_ = head;
  // If somebody else is just in between, the next call tries again.
  static_cast<void>(Run("BEGIN IMMEDIATE"));
  return head_.sequence;
}

/// Undoes what was under way, so that a later call finds the recording as it was.
tl::unexpected<Error> Recording::Impl::GiveUp(Error error) {
  const int code = sqlite3_extended_errcode(db_.get());
  if (sqlite3_get_autocommit(db_.get()) == 0) static_cast<void>(Run("ROLLBACK"));
  // When a wait for the disk fails, the kernel may have dropped what it held: to try again would
  // succeed without anything having been written.
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC || IsDamage(code)) {
    failed_ = error;
  } else if (auto done = RestoreDeriver(); !done) {
    failed_ = done.error();
  }
  return tl::unexpected<Error>(std::move(error));
}

Status Recording::Impl::ForEach(const EntryFilter& filter,
                                const std::function<bool(const EntryView&)>& each) const {
  std::string sql =
      "SELECT sequence, kind, received_ns, hash, payload FROM evidence WHERE sequence BETWEEN ?1 "
      "AND ?2 AND received_ns BETWEEN ?3 AND ?4";
  if (filter.kind) sql += " AND kind IN (?5, ?6)";
  sql += " ORDER BY sequence";
  auto s = Prepare(sql);
  if (!s) return tl::unexpected<Error>(s.error());
  constexpr auto kFirst = Time::Ns(std::numeric_limits<std::int64_t>::min());
  constexpr auto kLast = Time::Ns(std::numeric_limits<std::int64_t>::max());
  sqlite3_bind_int64(s->get(), 1, filter.from);
  sqlite3_bind_int64(s->get(), 2, filter.to);
  sqlite3_bind_int64(s->get(), 3, filter.received_from.value_or(kFirst).ns());
  sqlite3_bind_int64(s->get(), 4, filter.received_to.value_or(kLast).ns());
  if (filter.kind) {
    sqlite3_bind_int(s->get(), 5, static_cast<int>(*filter.kind));
    sqlite3_bind_int(s->get(), 6, static_cast<int>(filter.or_kind.value_or(*filter.kind)));
  }
  int code = SQLITE_OK;
  std::int64_t before = std::numeric_limits<std::int64_t>::min();
  while ((code = sqlite3_step(s->get())) == SQLITE_ROW) {
    const StoredEntry entry = EntryAt(s->get());
    // A damaged tree of pages could lead round in circles.
    if (entry.view.sequence <= before) return Problem("the file is damaged (entries out of order)");
    before = entry.view.sequence;
    if (!each(entry.view)) return {};
  }
  if (code != SQLITE_DONE) return Problem();
  return {};
}

/// Compares the rows that the log gives with those that a layer holds, in order.
class LayerCheck {
 public:
  LayerCheck(const LayerShape& shape, Statement rows) : shape_(shape), rows_(std::move(rows)) {}

  void Expect(std::span<const FeatureValue> row) {
    if (!fault_.empty()) return;
    const int code = sqlite3_step(rows_.get());
    bool fits = code == SQLITE_ROW;
    for (std::size_t i = 0; fits && i < row.size(); ++i) {
      fits = Fits(rows_.get(), static_cast<int>(i) + 1, row[i]);
    }
    if (!fits) {
      fault_ = fmt::format("layer '{}': the row of entry {} is not what the log gives",
                           shape_.table, row[1].integer);
    }
  }
  void ExpectEnd() {
    if (fault_.empty() && sqlite3_step(rows_.get()) != SQLITE_DONE) {
      fault_ = fmt::format("layer '{}' has rows that the log does not give", shape_.table);
    }
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  const LayerShape& shape_;
  Statement rows_;
  std::string fault_;
};

Status Recording::Impl::Walk(VerifyResult& result, ChainWalk& chain,
                             const std::function<void(double)>& progress) const {
  const auto last = Number("SELECT max(sequence) FROM evidence");
  if (!last) return tl::unexpected<Error>(last.error());
  auto s = Prepare(
      "SELECT sequence, kind, received_ns, hash, payload FROM evidence NOT INDEXED ORDER BY "
      "sequence");
  if (!s) return tl::unexpected<Error>(s.error());
  std::vector<LayerCheck> layers;
  for (std::size_t i = 0; i < kLayers; ++i) {
    auto rows = Prepare(fmt::format("SELECT * FROM {} NOT INDEXED ORDER BY fid", ShapeAt(i).table));
    if (!rows) return tl::unexpected<Error>(rows.error());
    layers.emplace_back(ShapeAt(i), std::move(*rows));
  }
  FeatureDeriver deriver;
  int code = SQLITE_OK;
  while ((code = sqlite3_step(s->get())) == SQLITE_ROW) {
    const StoredEntry entry = EntryAt(s->get());
    // Values of other types read as something else: such an entry cannot be the one written.
    const std::optional<Hash> hash = entry.typed ? HashAt(s->get()) : std::nullopt;
    if (!chain.Next(entry.view, hash.value_or(Hash{}))) break;
    ++result.entries[static_cast<std::size_t>(entry.view.kind)];
    if (!result.first_received) result.first_received = entry.view.received;
    result.last_received = entry.view.received;
    deriver.Take(entry.view, [&](Layer layer, std::span<const FeatureValue> row) {
      layers[static_cast<std::size_t>(layer)].Expect(row);
    });
    if (progress && entry.view.sequence % 4096 == 0) {
      progress(static_cast<double>(entry.view.sequence) / static_cast<double>(*last));
    }
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) return Problem();
  chain.Finish();
  if (chain.fault()) return {};
  for (LayerCheck& layer : layers) {
    layer.ExpectEnd();
    if (result.features.empty()) result.features = layer.fault();
  }
  return {};
}

Result<VerifyResult> Recording::Impl::Verify(std::optional<Head> known,
                                             const std::function<void(double)>& progress) const {
  VerifyResult result;
  ChainWalk chain(known);
  // One transaction: a recording that is being written goes on under us.
  const bool own = sqlite3_get_autocommit(db_.get()) != 0;
  if (own) {
    if (auto done = Run("BEGIN"); !done) return tl::unexpected<Error>(done.error());
  }
  const Status walked = Walk(result, chain, progress);
  const int code = walked ? SQLITE_OK : sqlite3_errcode(db_.get());
  result.head = chain.head();
  result.fault = chain.fault();
  if (!walked) result.damage = walked.error().what;
  if (walked && !result.fault) {
    // What the walk did not come through: the index by kind, pages that nothing leads to.
    auto check = Prepare("PRAGMA integrity_check(evidence)");
    const bool ran = check && sqlite3_step(check->get()) == SQLITE_ROW;
    const std::string_view said = ran ? BytesAt(check->get(), 0) : "its structure cannot be read";
    if (said != "ok") result.damage = said;
  }
  if (own) static_cast<void>(Run("ROLLBACK"));
  // A disk that cannot be read is no evidence of damage.
  if (!walked && !IsDamage(code)) return tl::unexpected<Error>(walked.error());
  return result;
}

Status Recording::Impl::Close() {
  if (!db_) return {};
  insert_.reset();
  for (Statement& s : insert_feature_) s.reset();
  Status done;
  if (writing_) {
    if (sqlite3_get_autocommit(db_.get()) == 0) done = Run("ROLLBACK");
    // Out of WAL: one file remains, which programs open from read-only media as well. Where others
    // are reading it just now, the last of them leaves it so.
    sqlite3_busy_timeout(db_.get(), 0);
    if (auto one = Run("PRAGMA journal_mode=DELETE"); !one && done &&
                                                      sqlite3_errcode(db_.get()) != SQLITE_BUSY &&
                                                      sqlite3_errcode(db_.get()) != SQLITE_LOCKED) {
      done = one;
    }
    writing_ = false;
  }
  db_.reset();
  return done;
}

std::string VerifyResult::Text() const {
  if (fault) {
    return fmt::format("entry {} {}; the {} entries before are sound", fault->sequence,
                       ChainFaultText(fault->fault), head.sequence);
  }
  if (!damage.empty()) return "the file is damaged: " + damage;
  if (!features.empty()) return features + "; the evidence log is sound";
  std::string kinds;
  for (std::size_t kind = 0; kind < entries.size(); ++kind) {
    if (entries[kind] == 0) continue;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", entries[kind],
                         EntryKindName(static_cast<EntryKind>(kind)));
  }
  if (head.sequence == 0) return "no entries";
  return fmt::format("{} entries ({}), received {} to {}; head {}", head.sequence, kinds,
                     first_received->Text(), last_received->Text(), head.Text());
}

Recording::Recording(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recording::~Recording() = default;
Recording::Recording(Recording&&) noexcept = default;
Recording& Recording::operator=(Recording&&) noexcept = default;

Result<Recording> Recording::Create(const std::string& path) {
  auto impl = std::make_unique<Impl>(path);
  auto done =
      impl->MakeNew().and_then([&] { return impl->Open(SQLITE_OPEN_READWRITE); }).and_then([&] {
        return impl->StartWriting();
      });
  if (!done) return tl::unexpected<Error>(done.error());
  return Recording(std::move(impl));
}

Result<Recording> Recording::OpenForAppend(const std::string& path) {
  auto impl = std::make_unique<Impl>(path);
  auto done =
      impl->Open(SQLITE_OPEN_READWRITE).and_then([&] { return impl->CheckIn(true); }).and_then([&] {
        return impl->StartWriting();
      });
  if (!done) return tl::unexpected<Error>(done.error());
  return Recording(std::move(impl));
}

Result<Recording> Recording::OpenRead(const std::string& path) {
  auto impl = std::make_unique<Impl>(path);
  auto done = impl->Open(SQLITE_OPEN_READONLY).and_then([&] { return impl->CheckIn(false); });
  if (!done && impl->NeedsRollback()) {
    // Its process was killed while it began or closed the file. To undo that takes writing.
    impl = std::make_unique<Impl>(path);
    done = impl->Open(SQLITE_OPEN_READWRITE).and_then([&] { return impl->CheckIn(false); });
  }
  if (!done) return tl::unexpected<Error>(done.error());
  return Recording(std::move(impl));
}

Result<Recording> Recording::OpenImage(std::span<const std::uint8_t> bytes) {
  auto impl = std::make_unique<Impl>(std::string());
  auto done = impl->OpenBytes(bytes).and_then([&] { return impl->CheckIn(false); });
  if (!done) return tl::unexpected<Error>(done.error());
  return Recording(std::move(impl));
}

bool Recording::LooksLikeOne(std::string_view first_bytes) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  return first_bytes.size() >= 72 && first_bytes.substr(0, 16) == kMagic &&
         first_bytes.substr(68, 4) == "GPKG";
}

Result<std::int64_t> Recording::Append(std::span<const NewEntry> entries) {
  return impl_->Append(entries);
}
const Head& Recording::head() const { return impl_->head(); }
Status Recording::ForEach(const EntryFilter& filter,
                          const std::function<bool(const EntryView&)>& each) const {
  return impl_->ForEach(filter, each);
}
Result<VerifyResult> Recording::Verify(std::optional<Head> known,
                                       const std::function<void(double)>& progress) const {
  return impl_->Verify(known, progress);
}
Status Recording::Close() { return impl_->Close(); }

}  // namespace picket
