// SPDX-License-Identifier: Apache-2.0
#include "picket/io/recording.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace picket {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Spit(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string ReportLine(int n) {
  return fmt::format(
      R"({{"time":"2026-03-01T12:00:{:02}Z","sensor":"adsb","detections":[{{"lat_deg":37.5,)"
      R"("lon_deg":126.{},"alt_hae_m":900.5,"class":{{"aircraft":0.9,"bird":0.1}},)"
      R"("identity":{{"icao":"406B90"}}}},{{"range_m":100,"azimuth_deg":3}}]}})",
      n % 60, n);
}

std::string PictureLine(int n) {
  return fmt::format(
      R"({{"time":"2026-03-01T12:00:{:02}.000000000Z","tracks":[{{"id":{},"existence":0.99,)"
      R"("lat_deg":37.51,"lon_deg":126.97,"alt_hae_m":120.0,"enu_m":[1,2,3],)"
      R"("vel_enu_mps":[30.0,-40.0,1.5],"sd_m":[3,4,5],"class":{{"fixed_wing":0.93,"bird":0.07}},)"
      R"("sources":{{"radar-north":12}},"corroborated":true}}]}})",
      n % 60, n);
}

constexpr const char* kRun =
    R"({"mode":"run","sensors":[{"id":"radar-north","kind":"radar","lat_deg":37.61,)"
    R"("lon_deg":126.98,"alt_hae_m":112.0,"max_range_m":15000,"period_s":1.0}],)"
    R"("places":[{"name":"Terminal 1","lat_deg":37.55,"lon_deg":126.99,"radius_m":500}]})";

constexpr const char* kAlert =
    R"({"id":1,"time":"2026-03-01T12:00:09Z","level":"warning","track":9,"area":"P-73",)"
    R"("text":"A fixed-wing drone is about to enter P-73","probability":0.93})";

class RecordingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              fmt::format("picket-recording-{}-{}", getpid(),
                          ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    path_ = folder_ / "evening.gpkg";
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Site, reports 1 to `reports` with a picture each, and an alert about the last track.
  static std::vector<std::pair<EntryKind, std::string>> Evening(int reports) {
    std::vector<std::pair<EntryKind, std::string>> all = {{EntryKind::kSite, "[site]"},
                                                          {EntryKind::kRun, kRun}};
    for (int n = 1; n <= reports; ++n) {
      all.emplace_back(EntryKind::kReport, ReportLine(n));
      all.emplace_back(EntryKind::kPicture, PictureLine(n));
    }
    all.emplace_back(EntryKind::kAlert, kAlert);
    return all;
  }
  static std::vector<NewEntry> Views(const std::vector<std::pair<EntryKind, std::string>>& all) {
    std::vector<NewEntry> entries;
    for (const auto& [kind, payload] : all) {
      entries.push_back(
          {kind, Time::Ns(1000 + static_cast<std::int64_t>(entries.size())), payload});
    }
    return entries;
  }
  /// A closed recording of 2 + 2 * 9 + 1 = 21 entries.
  Head WriteEvening() const {
    auto recording = Recording::Create(path_);
    EXPECT_TRUE(recording) << recording.error().Text();
    const auto evening = Evening(9);
    const auto last = recording->Append(Views(evening));
    EXPECT_TRUE(last) << last.error().Text();
    EXPECT_EQ(*last, 21);
    const Head head = recording->head();
    EXPECT_TRUE(recording->Close());
    return head;
  }
  static std::vector<std::string> Payloads(const Recording& recording,
                                           const EntryFilter& filter = {}) {
    std::vector<std::string> all;
    const auto done = recording.ForEach(filter, [&](const EntryView& e) {
      all.emplace_back(e.payload);
      return true;
    });
    EXPECT_TRUE(done) << done.error().Text();
    return all;
  }
  /// Runs SQL with another program's eyes. @returns SQLite's message, empty if done.
  std::string Sql(const std::string& sql) const {
    sqlite3* db = nullptr;
    sqlite3_open(path_.c_str(), &db);
    char* message = nullptr;
    sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message);
    std::string text = message == nullptr ? "" : message;
    sqlite3_free(message);
    sqlite3_close(db);
    return text;
  }
  std::string SqlValue(const std::string& sql) const {
    sqlite3* db = nullptr;
    sqlite3_open(path_.c_str(), &db);
    sqlite3_stmt* s = nullptr;
    sqlite3_prepare_v2(db, sql.c_str(), -1, &s, nullptr);
    std::string text = "no row";
    if (sqlite3_step(s) == SQLITE_ROW) {
      const auto* const bytes = sqlite3_column_text(s, 0);
      text = bytes == nullptr ? "NULL" : reinterpret_cast<const char*>(bytes);
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    return text;
  }

  fs::path folder_;
  std::string path_;
};

TEST_F(RecordingTest, HoldsWhatWasAppendedInOneFile) {
  const auto evening = Evening(9);
  const Head head = WriteEvening();
  EXPECT_EQ(head.sequence, 21);
  int files = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(folder_)) ++files;
  EXPECT_EQ(files, 1) << "no journal is left beside a closed recording";

  const auto recording = Recording::OpenRead(path_);
  ASSERT_TRUE(recording) << recording.error().Text();
  EXPECT_EQ(recording->head(), head);
  std::vector<std::string> expected;
  for (const auto& entry : evening) expected.push_back(entry.second);
  EXPECT_EQ(Payloads(*recording), expected);

  const auto verified = recording->Verify(head);
  ASSERT_TRUE(verified) << verified.error().Text();
  EXPECT_TRUE(verified->Sound()) << verified->Text();
  EXPECT_EQ(verified->head, head);
  EXPECT_EQ(verified->entries[static_cast<std::size_t>(EntryKind::kReport)], 9);
  EXPECT_EQ(verified->first_received, Time::Ns(1000));
  EXPECT_EQ(verified->last_received, Time::Ns(1020));
  EXPECT_EQ(verified->Text(),
            "21 entries (1 site, 9 report, 9 picture, 1 alert, 1 run), received "
            "1970-01-01T00:00:00.000001000Z to 1970-01-01T00:00:00.000001020Z; head " +
                head.Text());
}

TEST_F(RecordingTest, PayloadsMayBeAnyBytes) {
  const std::string zero("\0\xff\0", 3);
  {
    auto recording = Recording::Create(path_);
    ASSERT_TRUE(recording);
    ASSERT_TRUE(recording->Append(std::vector<NewEntry>{{EntryKind::kRaw, {}, zero},
                                                        {EntryKind::kReport, {}, ""},
                                                        {EntryKind::kPicture, {}, "{\"tracks\":"},
                                                        {static_cast<EntryKind>(99), {}, "x"}}));
  }
  const auto recording = Recording::OpenRead(path_);
  ASSERT_TRUE(recording);
  EXPECT_EQ(Payloads(*recording), (std::vector<std::string>{zero, "", "{\"tracks\":", "x"}));
  EXPECT_TRUE(recording->Verify()->Sound()) << recording->Verify()->Text();
}

TEST_F(RecordingTest, FiltersEntries) {
  WriteEvening();
  const auto recording = Recording::OpenRead(path_);
  ASSERT_TRUE(recording);
  EntryFilter reports;
  reports.kind = EntryKind::kReport;
  EXPECT_EQ(Payloads(*recording, reports).size(), 9U);
  EXPECT_EQ(Payloads(*recording, reports)[3], ReportLine(4));
  reports.from = 5;  // entry 3 is the first report
  reports.to = 9;
  EXPECT_EQ(Payloads(*recording, reports),
            (std::vector<std::string>{ReportLine(2), ReportLine(3), ReportLine(4)}));
  EntryFilter span;
  span.received_from = Time::Ns(1018);
  span.received_to = Time::Ns(1019);
  EXPECT_EQ(Payloads(*recording, span), (std::vector<std::string>{ReportLine(9), PictureLine(9)}));
  int seen = 0;
  ASSERT_TRUE(recording->ForEach({}, [&](const EntryView&) { return ++seen < 5; }));
  EXPECT_EQ(seen, 5);
}

TEST_F(RecordingTest, GoesOnWhereItEnded) {
  WriteEvening();
  Head head;
  {
    auto recording = Recording::OpenForAppend(path_);
    ASSERT_TRUE(recording) << recording.error().Text();
    // The alert lies where the track was in the last picture of the session before.
    const auto last =
        recording->Append(std::vector<NewEntry>{{EntryKind::kAlert, Time::Ns(5), kAlert}});
    ASSERT_TRUE(last) << last.error().Text();
    EXPECT_EQ(*last, 22);
    head = recording->head();
  }
  const auto recording = Recording::OpenRead(path_);
  ASSERT_TRUE(recording);
  EXPECT_TRUE(recording->Verify(head)->Sound()) << recording->Verify(head)->Text();
  EXPECT_EQ(SqlValue("SELECT count(*) FROM alerts WHERE geom IS NOT NULL"), "2");
}

TEST_F(RecordingTest, IsThereForOthersWhileItIsWritten) {
  auto writer = Recording::Create(path_);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->Append(std::vector<NewEntry>{{EntryKind::kReport, {}, "one"}}));
  const auto reader = Recording::OpenRead(path_);
  ASSERT_TRUE(reader) << reader.error().Text();
  ASSERT_TRUE(writer->Append(std::vector<NewEntry>{{EntryKind::kReport, {}, "two"}}));
  EXPECT_EQ(Payloads(*reader), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(reader->Verify()->Sound());
  EXPECT_TRUE(writer->Verify(writer->head())->Sound()) << "the writer may check as well";
  ASSERT_TRUE(writer->Append(std::vector<NewEntry>{{EntryKind::kReport, {}, "three"}}));

  const auto second = Recording::OpenForAppend(path_);
  ASSERT_FALSE(second) << "one writer at a time";
  EXPECT_EQ(second.error().what, "another process is writing this recording");
  ASSERT_TRUE(writer->Append(std::vector<NewEntry>{{EntryKind::kReport, {}, "four"}}));
  EXPECT_EQ(Payloads(*reader).size(), 4U);
}

TEST_F(RecordingTest, LayersSayWhatTheLogSays) {
  WriteEvening();
  EXPECT_EQ(SqlValue("PRAGMA application_id"), "1196444487");
  EXPECT_EQ(SqlValue("SELECT count(*) FROM tracks"), "9");
  EXPECT_EQ(SqlValue("SELECT time || ' ' || track || ' ' || existence || ' ' || class || ' ' || "
                     "class_probability || ' ' || speed_mps || ' ' || round(course_deg, 3) || ' ' "
                     "|| climb_mps || ' ' || sd_m || ' ' || sources || ' ' || corroborated FROM "
                     "tracks WHERE fid = 4"),
            "2026-03-01T12:00:04.000Z 4 0.99 fixed_wing 0.93 50.0 143.13 1.5 5.0 radar-north 12 1");
  // GeoPackage header, little-endian, EPSG:4326; point with z: 126.97, 37.51, 120.
  EXPECT_EQ(SqlValue("SELECT hex(geom) FROM tracks LIMIT 1"),
            "47500001E610000001E9030000AE47E17A14BE5F40E17A14AE47C142400000000000005E40");
  EXPECT_EQ(SqlValue("SELECT count(*) FROM detections"), "9") << "those with a position only";
  EXPECT_EQ(SqlValue("SELECT sensor || class || identity || alt_hae_m FROM detections"),
            "adsbaircrafticao 406B90900.5");
  EXPECT_EQ(SqlValue("SELECT sensor || kind || max_range_m FROM sensors"),
            "radar-northradar15000.0");
  EXPECT_EQ(SqlValue("SELECT name || radius_m FROM places"), "Terminal 1500.0");
  EXPECT_EQ(SqlValue("SELECT level || area || hex(geom) FROM alerts"),
            "warningP-7347500001E61000000101000000AE47E17A14BE5F40E17A14AE47C14240");
  EXPECT_EQ(SqlValue("PRAGMA foreign_key_check"), "no row");
}

TEST_F(RecordingTest, OtherProgramsCannotChangeTheLogByAccident) {
  WriteEvening();
  const std::string refused = "the evidence log is append-only";
  EXPECT_EQ(Sql("UPDATE evidence SET payload = 'x' WHERE sequence = 3"), refused);
  EXPECT_EQ(Sql("DELETE FROM evidence WHERE sequence = 21"), refused);
  EXPECT_EQ(Sql("INSERT OR REPLACE INTO evidence SELECT 3, kind, 0, hash, payload FROM evidence "
                "WHERE sequence = 4"),
            refused);
  EXPECT_EQ(Sql("INSERT INTO evidence SELECT 99, kind, 0, hash, payload FROM evidence WHERE "
                "sequence = 4"),
            refused);
}

TEST_F(RecordingTest, VerifyFindsEachKindOfTampering) {
  const Head head = WriteEvening();
  const std::string sound = Slurp(path_);
  const std::string off =
      "DROP TRIGGER evidence_update; DROP TRIGGER evidence_delete;"
      "DROP TRIGGER evidence_insert;";
  const std::string on = SqlValue(
      "SELECT group_concat(sql, ';') || ';' FROM (SELECT sql || '' AS sql FROM sqlite_schema "
      "WHERE type = 'trigger')");
  struct Case {
    const char* sql;
    bool with_head;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"UPDATE evidence SET payload = CAST('x' AS BLOB) WHERE sequence = 7", false,
       "entry 7 does not fit the chain: it or its hash was changed"},
      {"UPDATE evidence SET payload = CAST(payload AS TEXT) WHERE sequence = 7", false,
       "entry 7 does not fit the chain: it or its hash was changed"},
      {"UPDATE evidence SET kind = kind + 256 WHERE sequence = 7", false,
       "entry 7 does not fit the chain: it or its hash was changed"},
      {"UPDATE evidence SET received_ns = received_ns + 1 WHERE sequence = 7", false,
       "entry 7 does not fit the chain: it or its hash was changed"},
      {"UPDATE evidence SET hash = zeroblob(32) WHERE sequence = 7", false,
       "entry 7 does not fit the chain: it or its hash was changed"},
      {"DELETE FROM evidence WHERE sequence = 7", false,
       "entry 7 is missing; the 6 entries before are sound"},
      {"DELETE FROM evidence WHERE sequence = 1", false, "entry 1 is missing"},
      {"DELETE FROM evidence WHERE sequence > 19; DELETE FROM alerts; DELETE FROM tracks WHERE "
       "sequence > 19;",
       false, "19 entries"},
      {"DELETE FROM evidence WHERE sequence > 19", true,
       "entry 21 is missing: the recording ends before the head given"},
      {"UPDATE tracks SET existence = 0.5 WHERE fid = 2", false,
       "layer 'tracks': the row of entry 6 is not what the log gives"},
      {"DELETE FROM detections WHERE fid = 9", false,
       "layer 'detections': the row of entry 19 is not what the log gives"},
      {"INSERT INTO alerts SELECT 2, geom, sequence, time, alert, level, track, place, area, text, "
       "probability FROM alerts",
       false, "layer 'alerts' has rows that the log does not give"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.sql);
    Spit(path_, sound);
    ASSERT_EQ(Sql(off + test.sql + ";" + on), "");
    const auto recording = Recording::OpenRead(path_);
    ASSERT_TRUE(recording) << recording.error().Text();
    const auto verified = recording->Verify(test.with_head ? std::optional(head) : std::nullopt);
    ASSERT_TRUE(verified) << verified.error().Text();
    EXPECT_EQ(verified->Text().substr(0, std::string_view(test.expected).size()), test.expected);
  }
  Spit(path_, sound);
  ASSERT_EQ(Sql(off), "");
  EXPECT_EQ(Recording::OpenRead(path_).error().what,
            "its table or rule 'evidence_insert' was altered");
  Spit(path_, sound);
  ASSERT_EQ(Sql("CREATE TRIGGER t AFTER INSERT ON evidence BEGIN DELETE FROM alerts; END"), "");
  EXPECT_TRUE(Recording::OpenRead(path_));
  EXPECT_FALSE(Recording::OpenForAppend(path_));
}

TEST_F(RecordingTest, WillNotGoOnBehindABrokenEntry) {
  WriteEvening();
  const std::string on = SqlValue("SELECT sql FROM sqlite_schema WHERE name = 'evidence_update'");
  ASSERT_EQ(Sql("DROP TRIGGER evidence_update; UPDATE evidence SET received_ns = 1 WHERE sequence "
                "= 21;" +
                on),
            "");
  EXPECT_TRUE(Recording::OpenRead(path_));
  const auto recording = Recording::OpenForAppend(path_);
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().what,
            "entry 21 does not fit the chain: not to be continued (see picket check)");
}

TEST_F(RecordingTest, SaysWhatIsNotARecording) {
  EXPECT_EQ(Recording::OpenRead(path_).error().what, "cannot be opened");
  EXPECT_EQ(Recording::OpenRead(path_).error().source, path_);
  EXPECT_FALSE(fs::exists(path_)) << "reading makes no file";
  EXPECT_FALSE(Recording::OpenForAppend(path_));
  Spit(path_, "");
  EXPECT_EQ(Recording::OpenRead(path_).error().what, "not a recording: the file is empty");
  Spit(path_, std::string(5000, 'x'));
  EXPECT_EQ(Recording::OpenRead(path_).error().what, "not a recording");
  EXPECT_EQ(Recording::Create(path_).error().what, "exists already");
  fs::remove(path_);
  ASSERT_EQ(Sql("PRAGMA application_id=1196444487; CREATE TABLE t (x)"), "");
  EXPECT_EQ(Recording::OpenRead(path_).error().what, "a GeoPackage, but not a recording");
  fs::remove(path_);
  WriteEvening();
  ASSERT_EQ(Sql("UPDATE recording SET format = 2"), "");
  EXPECT_EQ(Recording::OpenRead(path_).error().what,
            "a recording of format 2, written by a later picket; this one knows up to 1");
  EXPECT_FALSE(Recording::Create(folder_ / "no such folder" / "x.gpkg"));
  const std::string beside = folder_ / "beside.gpkg";
  Spit(beside + "-wal", "a log whose file was taken away");
  EXPECT_EQ(Recording::Create(beside).error().what,
            beside + "-wal is there, of another recording: move it away");
  EXPECT_EQ(Slurp(beside + "-wal"), "a log whose file was taken away");
  EXPECT_FALSE(Recording::OpenRead(folder_));
}

TEST_F(RecordingTest, LooksLikeOneByItsFirstBytes) {
  WriteEvening();
  EXPECT_TRUE(Recording::LooksLikeOne(Slurp(path_).substr(0, 100)));
  EXPECT_FALSE(Recording::LooksLikeOne("{\"time\":0}"));
  EXPECT_FALSE(Recording::LooksLikeOne(""));
}

/// Whether a damaged copy is told from the sound one. If it is not, it must hold the same chain.
bool Told(std::string_view bytes, const Head& head) {
  const auto recording = Recording::OpenImage(
      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  if (!recording) return true;
  const auto verified = recording->Verify();
  if (!verified || !verified->Sound()) return true;
  EXPECT_EQ(recording->head(), head);
  EXPECT_EQ(verified->head, head);
  return false;
}

TEST_F(RecordingTest, TellsOfEveryFlippedByteThatMatters) {
  const Head head = WriteEvening();
  const std::string sound = Slurp(path_);
  EXPECT_FALSE(Told(sound, head));
  std::string bytes = sound;
  std::size_t told = 0;
  // Every byte of the file's header, and of all else some, by a step prime to the page size.
  for (std::size_t i = 0; i < bytes.size(); i += i < 200 ? 1 : 29) {
    const int flip = i % 3 == 0 ? 0x01 : i % 3 == 1 ? 0x80 : 0xff;
    SCOPED_TRACE(fmt::format("byte {} flipped by {:02x}", i, flip));
    bytes[i] = static_cast<char>(sound[i] ^ flip);
    if (Told(bytes, head)) ++told;
    bytes[i] = sound[i];
  }
  EXPECT_GT(told, 100U);

  // Inside the log's entries nothing is harmless.
  const std::string inside = "\"sensor\":\"adsb\"";
  int entries = 0;
  for (auto at = sound.find(inside); at != std::string::npos; at = sound.find(inside, at + 1)) {
    for (std::size_t i = at; i < at + inside.size(); ++i) {
      bytes[i] = static_cast<char>(sound[i] ^ 1);
      EXPECT_TRUE(Told(bytes, head)) << i;
      bytes[i] = sound[i];
    }
    ++entries;
  }
  EXPECT_EQ(entries, 9);
}

TEST_F(RecordingTest, TellsOfATruncatedFile) {
  WriteEvening();
  const std::string sound = Slurp(path_);
  for (std::size_t size = 0; size < sound.size(); size += 1021) {
    SCOPED_TRACE(size);
    Spit(path_, std::string_view(sound).substr(0, size));
    const auto recording = Recording::OpenRead(path_);
    if (!recording) continue;
    const auto verified = recording->Verify();
    EXPECT_TRUE(!verified || !verified->Sound());
  }
}

TEST_F(RecordingTest, DiskFullIsAnErrorAndNothingElse) {
  auto recording = Recording::Create(path_);
  ASSERT_TRUE(recording);
  ASSERT_TRUE(recording->Append(std::vector<NewEntry>{{EntryKind::kReport, {}, "kept"}}));
  const Head before = recording->head();

  // The log may grow by no more than 64 KiB: the system refuses what is over that.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  rlimit limit = old_limit;
  limit.rlim_cur = fs::file_size(path_ + "-wal") + 65536;
  setrlimit(RLIMIT_FSIZE, &limit);
  const std::string large(1 << 20, 'x');
  const auto refused = recording->Append(std::vector<NewEntry>{
      {EntryKind::kPicture, {}, PictureLine(9)}, {EntryKind::kReport, {}, large}});
  setrlimit(RLIMIT_FSIZE, &old_limit);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().source, path_);
  EXPECT_EQ(recording->head(), before);
  EXPECT_EQ(Payloads(*recording), (std::vector<std::string>{"kept"}));

  // With room again it goes on, and the refused picture's tracks are not remembered.
  ASSERT_TRUE(recording->Append(std::vector<NewEntry>{{EntryKind::kAlert, {}, kAlert}}));
  const Head head = recording->head();
  ASSERT_TRUE(recording->Close());
  const auto reader = Recording::OpenRead(path_);
  ASSERT_TRUE(reader) << reader.error().Text();
  EXPECT_TRUE(reader->Verify(head)->Sound()) << reader->Verify(head)->Text();
  EXPECT_EQ(SqlValue("SELECT geom FROM alerts"), "NULL");
}

TEST_F(RecordingTest, RefusesAnEntryThatIsTooLarge) {
  auto recording = Recording::Create(path_);
  ASSERT_TRUE(recording);
  const std::string large(kMaxPayloadBytes + 1, 'x');
  const auto refused = recording->Append(
      std::vector<NewEntry>{{EntryKind::kReport, {}, "a"}, {EntryKind::kRaw, {}, large}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(recording->head().sequence, 0) << "all or nothing";
  EXPECT_TRUE(recording->Append(std::vector<NewEntry>{{EntryKind::kReport, {}, "b"}}));
}

}  // namespace
}  // namespace picket
