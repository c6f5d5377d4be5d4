using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace EdgeAgent.Platform;

/// <summary>
/// A file of lines that is only appended to. Every line carries a CRC-32 and is on disk when <see cref="Append"/> returns. Opening
/// the file drops an incomplete line that a power cut left at its end. One user at a time: a second open throws an IOException.
/// </summary>
internal sealed class AppendLog : IDisposable
{
    private const int CrcDigits = 8;
    private readonly string _path;
    private FileStream _stream;
    private long _length;

    private AppendLog(string path, FileStream stream, long length) => (_path, _stream, _length) = (path, stream, length);

    /// <summary>Bytes of whole records.</summary>
    public long Length => _length;

    /// <summary>Opens or creates the log and reads its records, oldest first.</summary>
    public static AppendLog Open(string path, out IReadOnlyList<string> records)
    {
        var isNew = !File.Exists(path);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var (list, good) = Records(content);
        if (good < content.Length)
        {
            stream.SetLength(good);
            Durability.Sync(stream);
            Durability.Passed("truncate");
        }
        if (isNew) DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        records = list;
        return new AppendLog(path, stream, good);
    }

    /// <summary>
    /// Reads the records of a log, oldest first, also while somebody else has it open; changes nothing. A missing log has none.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (!File.Exists(path)) return [];
        return Records(LockedFile.ReadAllBytes(path)).Records;
    }

    /// <summary>The whole records at the beginning of a log, and how many bytes they are.</summary>
    private static (List<string> Records, int Bytes) Records(byte[] content)
    {
        var list = new List<string>();
        var good = 0;
        for (var start = 0; start < content.Length;)
        {
            var end = Array.IndexOf(content, (byte)'\n', start);
            if (end < 0 || !TryRead(content.AsSpan(start, end - start), out var record)) break;
            list.Add(record);
            good = start = end + 1;
        }
        return (list, good);
    }

    /// <summary>Appends records and waits, once, until they are on disk. A power cut keeps some of the first of them, or all.</summary>
    /// <param name="records">Each one line, without line breaks.</param>
    /// <exception cref="IOException">They could not be written or synced: nothing of them is kept.</exception>
    public void Append(params IReadOnlyList<string> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count == 0) return;
        byte[] lines = [.. records.SelectMany(Line)];
        try
        {
            Truncate();
            _stream.Write(lines);
            Durability.Sync(_stream);
            Durability.Passed("append");
            _length += lines.Length;
        }
        catch (IOException)
        {
            try
            {
                Truncate();
            }
            catch (IOException)
            {
                // the next append tries again
            }
            throw;
        }
    }

    /// <summary>Cuts what a failed append left: a reader would stop there, and miss every later record.</summary>
    private void Truncate()
    {
        if (_stream.Length != _length) _stream.SetLength(_length);
        _stream.Position = _length;
    }

    /// <summary>Replaces the log by fewer records that say the same; a crash leaves the old log or the new one.</summary>
    /// <exception cref="IOException">The new log could not be written: the old one is in use still.</exception>
    public void Replace(IEnumerable<string> records)
    {
        _stream.Dispose();
        try
        {
            DurableFile.Write(_path, stream =>
            {
                foreach (var record in records) stream.Write(Line(record));
            });
        }
        finally
        {
            _stream = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            _length = _stream.Length;
        }
    }

    private static byte[] Line(string record)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(record.AsSpan().IndexOfAny('\r', '\n'), 0, nameof(record));
        var text = Encoding.UTF8.GetBytes(record);
        return [.. Encoding.ASCII.GetBytes(Crc32.HashToUInt32(text).ToString("x8", CultureInfo.InvariantCulture)), (byte)' ', .. text,
            (byte)'\n'];
    }

    private static bool TryRead(ReadOnlySpan<byte> line, out string record)
    {
        record = "";
        if (line.Length <= CrcDigits || line[CrcDigits] != ' '
            || !uint.TryParse(line[..CrcDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc)) return false;
        var text = line[(CrcDigits + 1)..];
        if (Crc32.HashToUInt32(text) != crc) return false;
        record = Encoding.UTF8.GetString(text);
        return true;
    }

    public void Dispose() => _stream.Dispose();
}
