using System.Buffers.Binary;
using System.Text;

namespace EdgeAgent.Lab;

/// <summary>
/// What a teacher says of the answers of a data set, in one file that grows: a header with the vocabulary, k, the temperature and
/// what it was made for, then a record for each example in the data's order. A half-written last record is cut off when the file is
/// opened again, so that making it can be stopped at any time.
/// </summary>
internal sealed class TeacherCache : IDisposable
{
    private const int HeaderBytes = 32, Magic = 0x314b5054; // "TPK1"

    private readonly FileStream _stream;
    private readonly List<long> _offsets = [];

    /// <summary>Opens or makes the file.</summary>
    /// <param name="made">What it was made for: a hash of the data and the teacher's weights.</param>
    /// <exception cref="InvalidDataException">It is there, and was made with other numbers.</exception>
    public TeacherCache(string path, int vocabulary, int k, double temperature, uint made)
    {
        (K, Temperature) = (k, temperature);
        if (vocabulary > ushort.MaxValue + 1)
            throw new ArgumentException($"a cache stores token ids in 16 bits: expected a vocabulary of at most 65536, found {vocabulary}");
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        Span<byte> wanted = stackalloc byte[HeaderBytes], found = stackalloc byte[HeaderBytes];
        wanted.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(wanted, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[4..], vocabulary);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[8..], k);
        BinaryPrimitives.WriteDoubleLittleEndian(wanted[12..], temperature);
        BinaryPrimitives.WriteUInt32LittleEndian(wanted[20..], made);
        if (_stream.Length < HeaderBytes)
        {
            _stream.SetLength(0);
            _stream.Write(wanted);
            return;
        }
        _stream.ReadExactly(found);
        if (!found.SequenceEqual(wanted))
        {
            _stream.Dispose();
            throw new InvalidDataException($"{path} was made with another teacher, data set, k or temperature. Delete it to make it anew");
        }
        Scan();
    }

    public int K { get; }
    public double Temperature { get; }

    /// <summary>Examples that it holds.</summary>
    public int Count => _offsets.Count;

    /// <summary>Appends what the teacher says of the answer of the next example.</summary>
    public void Append(IReadOnlyList<TeacherToken> answer)
    {
        using var record = new MemoryStream();
        using (var writer = new BinaryWriter(record, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(answer.Count);
            foreach (var token in answer)
            {
                foreach (var id in token.Ids) writer.Write(id);
                foreach (var p in token.Probabilities) writer.Write(p);
                writer.Write(token.Tail);
            }
        }
        _stream.Seek(0, SeekOrigin.End);
        _offsets.Add(_stream.Position);
        _stream.Write(record.GetBuffer().AsSpan(0, (int)record.Length));
    }

    /// <summary>Makes what was appended last.</summary>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>What the teacher says of the answer of an example.</summary>
    public TeacherToken[] Read(int index)
    {
        _stream.Position = _offsets[index];
        using var reader = new BinaryReader(_stream, Encoding.UTF8, leaveOpen: true);
        var answer = new TeacherToken[reader.ReadInt32()];
        for (var i = 0; i < answer.Length; i++)
        {
            var ids = new ushort[K];
            var probabilities = new float[K];
            for (var j = 0; j < K; j++) ids[j] = reader.ReadUInt16();
            for (var j = 0; j < K; j++) probabilities[j] = reader.ReadSingle();
            answer[i] = new TeacherToken(ids, probabilities, reader.ReadSingle());
        }
        return answer;
    }

    public void Dispose() => _stream.Dispose();

    private void Scan()
    {
        Span<byte> count = stackalloc byte[4];
        long at = HeaderBytes, token = K * 6 + 4;
        while (at + 4 <= _stream.Length)
        {
            _stream.Position = at;
            _stream.ReadExactly(count);
            var next = at + 4 + token * BinaryPrimitives.ReadInt32LittleEndian(count);
            if (next <= at || next > _stream.Length) break;
            _offsets.Add(at);
            at = next;
        }
        _stream.SetLength(at);
    }
}
