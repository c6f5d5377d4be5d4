using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using EdgeAgent.Tests.Cli;
using static EdgeAgent.Tests.Knowledge.Reading.DocumentFiles;

namespace EdgeAgent.Tests.Knowledge.Reading;

/// <summary>
/// Damaged files through <c>docs add</c> as a user calls it: none crashes or hangs it, each is in the library or has its reason. 30 files;
/// 1,000 with EDGE_AGENT_FULL (tests/e2e/damaged-documents.sh).
/// </summary>
public sealed class MutatedDocumentTests : IDisposable
{
    private const int BatchSize = 10;

    private static readonly int Files = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 30 : 1000;

    private readonly TemporaryDirectory _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Add_DamagedFiles_EachHasATextOrAReason()
    {
        var seeds = Seeds();
        var random = new Random(29);
        var (read, refused) = (0, 0);
        var slowest = TimeSpan.Zero;
        for (var first = 0; first < Files; first += BatchSize)
        {
            var batch = Directory.CreateDirectory(_root.File($"batch-{first}")).FullName;
            for (var i = first; i < Math.Min(Files, first + BatchSize); i++)
            {
                var (extension, good) = seeds[i % seeds.Count];
                await File.WriteAllBytesAsync(Path.Combine(batch, string.Create(CultureInfo.InvariantCulture, $"{i:D4}{extension}")),
                    Mutated(good, random), TestContext.Current.CancellationToken);
            }
            var begin = Stopwatch.GetTimestamp();
            var (code, output, error) = await AgentProcess.RunAsync(null, "docs", "add", batch, _root.File("library"), "--json");
            if (Stopwatch.GetElapsedTime(begin) is var taken && taken > slowest) slowest = taken;
            Assert.True(code is 0 or 1, $"{batch}: code {code}\n{output}\n{error}");
            var results = JsonNode.Parse(output)!.AsArray();
            Assert.Equal(Math.Min(BatchSize, Files - first), results.Count);
            foreach (var result in results)
            {
                var id = result!["id"]!.GetValue<string>();
                if (result["error"] is not { } reason)
                {
                    read++;
                    continue;
                }
                refused++;
                Assert.StartsWith($"{id}: expected ", reason.GetValue<string>(), StringComparison.Ordinal);
                Assert.DoesNotContain("ends its reader", reason.GetValue<string>(), StringComparison.Ordinal); // its reader crashed
            }
            Directory.Delete(batch, recursive: true);
        }
        Assert.True(refused > Files / 10, $"{refused} refused: the damage is none");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Files} damaged files: {read} read, {refused} refused with a reason; {BatchSize} took {slowest.TotalSeconds:F1} s at most"));
    }

    private static List<(string Extension, byte[] Content)> Seeds()
    {
        var cell = Path.Combine(SharedData.Repository, "provisioning", "manuals", "cell");
        return
        [
            .. Directory.GetFiles(cell).Order(StringComparer.Ordinal).Select(f => (Path.GetExtension(f), File.ReadAllBytes(f))),
            (".docx", Word(Paragraph("Lathe", "H1") + $"<w:tbl>{Row("Code", "Meaning")}{Row("SP-14", "overheated")}</w:tbl>")),
            (".pdf", new HandMadePdf().Page(HandMadePdf.Text(50, 700, "6.3 Torques"), HandMadePdf.Text(50, 680, "M12 85 Nm"),
                HandMadePdf.Line(0, 500, 20)).Page(HandMadePdf.Text(50, 700, "6.4 Oil")).Build()),
        ];
    }

    /// <summary>Bytes flipped, a piece cut out, doubled, moved or cut off, digits made larger: wrong lengths and offsets.</summary>
    private static byte[] Mutated(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var k = random.Next(1, 5); k > 0 && bytes.Count > 8; k--)
        {
            var at = random.Next(bytes.Count - 1);
            var length = random.Next(1, Math.Min(200, bytes.Count - at));
            switch (random.Next(6))
            {
                case 0: for (var i = 0; i < Math.Min(16, length); i++) bytes[at + i] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, length); break;
                case 2: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 3: bytes.RemoveRange(at, bytes.Count - at); break;
                case 4: bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                default:
                    for (var i = at; i < Math.Min(bytes.Count, at + 200); i++)
                        if (char.IsAsciiDigit((char)bytes[i])) bytes[i] = (byte)'9';
                    break;
            }
        }
        return [.. bytes];
    }
}
