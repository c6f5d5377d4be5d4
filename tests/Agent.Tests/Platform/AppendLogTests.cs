using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class AppendLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Whatever a power cut leaves at the end of the log, what was acknowledged is there and nothing else.</summary>
    [Fact]
    public void Open_CutAtEveryByte_KeepsWholeRecords()
    {
        var path = _directory.File("log");
        using (var log = AppendLog.Open(path, out var none))
        {
            Assert.Empty(none);
            foreach (var record in new[] { "one", "two 二", "three" }) log.Append(record);
        }
        var whole = File.ReadAllBytes(path);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            using (var log = AppendLog.Open(path, out var records))
            {
                Assert.Equal(new[] { "one", "two 二", "three" }[..records.Count], records);
                Assert.Equal(whole[..length].Count(b => b == '\n'), records.Count);
                log.Append("next");
            }
            using (AppendLog.Open(path, out var after)) Assert.Equal("next", after[^1]);
        }
        whole[^3] ^= 1; // a flipped bit in the last record
        File.WriteAllBytes(path, whole);
        using (AppendLog.Open(path, out var kept)) Assert.Equal(2, kept.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => { using var log = AppendLog.Open(path, out _); log.Append("a\nb"); });
    }

    [Fact]
    public void Open_SecondUser_IsRefused()
    {
        using var log = AppendLog.Open(_directory.File("log"), out _);
        Assert.Throws<IOException>(() => AppendLog.Open(_directory.File("log"), out _));
    }

    /// <summary>What a failed append leaves behind is cut off: it would hide every later record from the next reader.</summary>
    [Fact]
    public void Append_DiskRefuses_KeepsNothingAndLaterRecordsCanBeRead()
    {
        var path = _directory.File("log");
        using (var log = AppendLog.Open(path, out _))
        {
            log.Append("one");
            var length = log.Length;
            Durability.Observe(_ => throw new IOException("No space left on device"));
            try
            {
                Assert.Throws<IOException>(() => log.Append("two"));
            }
            finally
            {
                Durability.Observe(null);
            }
            Assert.Equal((length, length), (log.Length, new FileInfo(path).Length));
            log.Append("three");
        }
        using (AppendLog.Open(path, out var records)) Assert.Equal(["one", "three"], records);
    }

    /// <summary>A write that stops in the middle of a record, and a disk that then refuses to cut it off.</summary>
    [Fact]
    public void Append_AfterATornRecord_CutsItFirst()
    {
        var path = _directory.File("log");
        using (var log = AppendLog.Open(path, out _))
        {
            log.Append("one");
            // from another process: the log's lock is advisory
            using (var torn = System.Diagnostics.Process.Start("sh", ["-c", $"printf 1234 >> '{path}'"])) torn.WaitForExit();
            log.Append("two");
        }
        using (AppendLog.Open(path, out var records)) Assert.Equal(["one", "two"], records);
    }

    [Fact]
    public void Replace_DiskRefuses_KeepsTheOldLogInUse()
    {
        var path = _directory.File("log");
        using (var log = AppendLog.Open(path, out _))
        {
            log.Append("one");
            Directory.CreateDirectory(path + DurableFile.TemporarySuffix); // nothing can be written there
            Assert.ThrowsAny<Exception>(() => log.Replace(["none"]));
            log.Append("two");
        }
        using (AppendLog.Open(path, out var records)) Assert.Equal(["one", "two"], records);
    }
}
