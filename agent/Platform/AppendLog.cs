using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace EdgeAgent.Platform;

/// <summary>
/// A file of lines that is only ever appended to; every line carries a CRC-32 and is on disk when <see cref="Append"/> returns.
/// Opening it drops what a power cut left unfinished at its end. One user at a time: a second process that opens it gets an IOException.
/// </summary>
internal sealed class AppendLog : IDisposable
{
    private const int CrcDigits = 8;
    private readonly string _path;
    private FileStream _stream;

    private AppendLog(string path, FileStream stream) => (_path, _stream) = (path, stream);

    public long Length => _stream.Length;

    /// <summary>Opens or creates the log and reads its records, the oldest first.</summary>
    public static AppendLog Open(string path, out IReadOnlyList<string> records)
    {
        var isNew = !File.Exists(path);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var list = new List<string>();
        var good = 0;
        for (var start = 0; start < content.Length;)
        {
            var end = Array.IndexOf(content, (byte)'\n', start);
            if (end < 0 || !TryRead(content.AsSpan(start, end - start), out var record)) break;
            list.Add(record);
            good = start = end + 1;
        }
        if (good < content.Length)
        {
            stream.SetLength(good);
            Durability.Sync(stream);
            Durability.Passed("truncate");
        }
        stream.Position = good;
        if (isNew) DurableFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        records = list;
        return new AppendLog(path, stream);
    }

    /// <param name="record">One line: no line breaks.</param>
    public void Append(string record)
    {
        _stream.Write(Line(record));
        Durability.Sync(_stream);
        Durability.Passed("append");
    }

    /// <summary>Replaces the log by fewer records that say the same; a crash leaves the old log or the new one.</summary>
    public void Replace(IEnumerable<string> records)
    {
        _stream.Dispose();
        DurableFile.Write(_path, stream =>
        {
            foreach (var record in records) stream.Write(Line(record));
        });
        _stream = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        _stream.Seek(0, SeekOrigin.End);
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
