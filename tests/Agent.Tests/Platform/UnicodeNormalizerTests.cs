using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class UnicodeNormalizerTests
{
    [Theory]
    [InlineData("e\u0301", NormalizationForm.FormC, "é")]
    [InlineData("é", NormalizationForm.FormD, "e\u0301")]
    [InlineData("q\u0307\u0323", NormalizationForm.FormC, "q\u0323\u0307")]
    [InlineData("\u1E0B\u0323", NormalizationForm.FormC, "\u1E0D\u0307")]
    [InlineData("\u1112\u1161\u11AB", NormalizationForm.FormC, "\uD55C")]
    [InlineData("\uD55C", NormalizationForm.FormD, "\u1112\u1161\u11AB")]
    [InlineData("\uFF21\uFF11\u3000\uFB01\u2167", NormalizationForm.FormKC, "A1 fi\u0056III")]
    [InlineData("\uFF21", NormalizationForm.FormC, "\uFF21")]
    [InlineData("\u0958", NormalizationForm.FormC, "\u0915\u093C")] // composition exclusion
    [InlineData("\u212B", NormalizationForm.FormC, "\u00C5")] // singleton
    [InlineData("\uF900", NormalizationForm.FormC, "\u8C48")] // CJK compatibility ideograph
    [InlineData("主轴 SP-14", NormalizationForm.FormKC, "主轴 SP-14")]
    public void Normalize_KnownText_GivesTheStandardResult(string text, NormalizationForm form, string expected) =>
        Assert.Equal(expected, UnicodeNormalizer.Normalize(text, form));

    [Fact]
    public void Normalize_LoneSurrogate_BecomesTheReplacementCharacter() =>
        Assert.Equal("a\uFFFDb", UnicodeNormalizer.Normalize("a\uD800b", NormalizationForm.FormC));

    /// <summary>Every assigned code point alone and random strings, against Node's ICU in all four forms.</summary>
    [Fact]
    public void Normalize_EveryCodePointAndRandomStrings_EqualsNode()
    {
        const string script = """
            const r = (() => { let s = 12345; return (n) => (s = (s * 1103515245 + 12345) & 0x7fffffff) % n; })();
            const out = [];
            for (let c = 0; c < 0x30000; c++) {
              if (c >= 0xd800 && c <= 0xdfff) continue;
              const s = String.fromCodePoint(c);
              if (!/\p{Cn}/u.test(s)) out.push(s);
            }
            const marks = out.filter((s) => /\p{M}/u.test(s)), letters = out.filter((s) => s.normalize('NFKD') !== s);
            const other = () => String.fromCharCode(97 + r(26), 0x1100 + r(19), 0x1161 + r(21));
            for (let i = 0; i < 20000; i++) {
              let s = '';
              for (let k = 0; k < 1 + r(6); k++)
                s += r(2) ? marks[r(marks.length)] : r(3) ? letters[r(letters.length)] : other();
              out.push(s);
            }
            const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'];
            process.stdout.write(JSON.stringify(out.map((s) => [s, ...forms.map((f) => s.normalize(f))])));
            """;
        string json;
        try
        {
            using var node =
                Process.Start(new ProcessStartInfo("node", ["-e", script])
                {
                    RedirectStandardOutput = true,
                    StandardOutputEncoding = Encoding.UTF8
                })!;
            json = node.StandardOutput.ReadToEnd();
            node.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is not installed");
            return;
        }
        using var cases = JsonDocument.Parse(json);
        NormalizationForm[] forms = [NormalizationForm.FormC, NormalizationForm.FormD, NormalizationForm.FormKC, NormalizationForm.FormKD];
        var count = 0;
        foreach (var c in cases.RootElement.EnumerateArray())
        {
            var text = c[0].GetString()!;
            for (var f = 0; f < 4; f++)
                if (c[f + 1].GetString() != UnicodeNormalizer.Normalize(text, forms[f]))
                    Assert.Fail($"{forms[f]} of {string.Join(' ', text.EnumerateRunes().Select(r => r.Value.ToString("X4")))}");
            count++;
        }
        Assert.True(count > 100_000, $"{count} cases");
    }
}
