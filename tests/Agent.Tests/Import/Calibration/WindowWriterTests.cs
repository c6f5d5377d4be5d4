using EdgeAgent.Import.Calibration;
using EdgeAgent.Inference.Decoders;

namespace EdgeAgent.Tests.Import.Calibration;

public sealed class WindowWriterTests
{
    /// <summary>A student that always goes on with the next id; notes the positions it is asked at.</summary>
    private sealed class Counting(int rows) : IDecoder
    {
        private readonly float[] _logits = new float[rows * 50];

        public List<string> Steps { get; } = [];
        public int Rows => rows;
        public int Context => 8;
        public int Vocabulary => 50;
        public int MaxChunk => 1;
        public long CacheBytes => 0;

        public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions)
        {
            Steps.Add($"{string.Join(',', positions.ToArray())}");
            Array.Fill(_logits, -1000);
            for (var r = 0; r < ids.Length; r++) _logits[r * 50 + (ids[r] + 1) % 50] = 0;
            return _logits.AsSpan(0, ids.Length * 50);
        }

        public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start) => throw new NotSupportedException();
        public void CopyRow(int from, int to, int length) => throw new NotSupportedException();
        public void Dispose()
        {
        }
    }

    [Fact]
    public void Write_MoreWindowsThanRows_AreWrittenInBatchesToTheirLength()
    {
        using var decoder = new Counting(2);
        var windows = new[] { 10, 20, 30 }.Select(id => WrittenWindow.Document([id], hideStart: true, null)).ToList();
        var written = 0;
        WindowWriter.Write(decoder, windows, 4, seed: 1, n => written += n);
        Assert.Equal([[11, 12, 13], [21, 22, 23], [31, 32, 33]], windows.Select(w => w.Window(8)));
        Assert.Equal(["0,0", "1,1", "2,2", "0", "1", "2"], decoder.Steps);
        Assert.Equal(9, written);
    }
}
