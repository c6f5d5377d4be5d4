using CsCheck;
using EdgeAgent.Inference.ChatTemplates;

namespace EdgeAgent.Tests.Inference.ChatTemplates;

public sealed class ChatTemplateTests
{
    private static readonly ChatTurn[] Conversation = [new("system", "Be brief."), new("user", " Hi "), new("assistant", "Hello"),
        new("user", "SP-14?")];

    [Fact]
    public void Render_ChatMl_GivesTheExpectedPrompt() => Assert.Equal(
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi " +
        "<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nSP-14?<|im_end|>\n<|im_start|>assistant\n",
        new ChatTemplate(
            "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% " +
            "endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}").Render(Conversation));

    [Fact]
    public void Render_HeaderStyleWithDefaultsAndTrim_GivesTheExpectedPrompt()
    {
        var template = new ChatTemplate("""
            {%- if messages[0]['role'] == 'system' -%}
                {%- set system = messages[0]['content'] | trim -%}
                {%- set rest = messages[1:] -%}
            {%- else -%}
                {%- set system = 'none' -%}
                {%- set rest = messages -%}
            {%- endif -%}
            {{- bos_token }}[{{ system }}]
            {% for m in rest %}
                {%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif -%}
                {{ loop.index }}/{{ loop.length }} {{ m.role | upper }}: {{ m.content.strip() }};
            {% endfor %}
            """);
        Assert.Equal("<s>[Be brief.]\n1/3 USER: Hi;\n2/3 ASSISTANT: Hello;\n3/3 USER: SP-14?;\n",
            template.Render(Conversation, variables: new Dictionary<string, object?> { ["bos_token"] = "<s>" }));
        Assert.Contains("roles must alternate",
            Assert.Throws<TemplateException>(() =>
                template.Render([new("user", "a"), new("user", "b")],
                    variables: new Dictionary<string, object?> { ["bos_token"] = "" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% set ns = namespace(n=0) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.n = ns.n + 1 %}{% endif %}{% " +
        "endfor %}{{ ns.n }}", "2")]
    [InlineData("{% macro f(x, y='!') %}<{{ x }}{{ y }}>{% endmacro %}{{ f('a') }}{{ f('b', y='?') }}", "<a!><b?>")]
    [InlineData("{{ messages[-1].content.split('-')[0] }}{{ messages | length }}{{ [1,2,3][::-1] | join(',') }}", "SP43,2,1")]
    [InlineData("{{ {'a': 1, 'b': [true, none, 'x\"y']} | tojson }}", "{\"a\": 1, \"b\": [true, null, \"x\\\"y\"]}")]
    [InlineData("{{ 'yes' if missing is defined else 'no' }} {{ missing is not defined }} {{ missing | default('d') }}", "no True d")]
    [InlineData("{% for x in [1,2,3,4] if x % 2 == 0 %}{{ x }}{% if not loop.last %},{% endif %}{% else %}none{% endfor %}", "2,4")]
    [InlineData("{{ 'a' in 'abc' and 'z' not in ['y'] }}{{ 7 // 2 }}{{ -7 % 3 }}{{ 1 + 2 * 3 }}{{ 'x' ~ 1 }}", "True327x1")]
    [InlineData("{#- note -#} a  {%- if true %} b {%- endif %} c", "a b c")]
    [InlineData("{% set a, b = ['p', 'q'] %}{{ b }}{{ a }}{% set t %}[{{ a }}]{% endset %}{{ t }}", "qp[p]")]
    [InlineData("{% for k, v in {'x': 1}.items() %}{{ k }}={{ v }}{% endfor %}{{ messages | selectattr('role', 'equalto', 'user') | list " +
        "| length }}", "x=12")]
    [InlineData("{% for x in [1,2,3] %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}{% generation %}g{% endgeneration %}",
        "13g")]
    public void Render_LanguageFeature_GivesTheExpectedText(string template, string expected) =>
        Assert.Equal(expected, new ChatTemplate(template).Render(Conversation));

    /// <summary>Expected texts are those of Python's Jinja as transformers sets it up, which passes none for tools and documents.</summary>
    [Theory]
    [InlineData("{% if tools is none %}PLAIN{% else %}TOOLS{% endif %}{{ documents is none }}", "PLAINTrue")]
    [InlineData("{{ tools | length if tools is not none else 'none' }}", "none")]
    [InlineData("{{ tools | selectattr('type', 'equalto', 'f') | list | length }}{% for t in tools | rejectattr('x') %}t{% else %}-" +
        "{% endfor %}", "0-")]
    [InlineData("[{{ nothing }}{{ nothing ~ 'x' }}{{ nothing | length }}]{% for x in nothing %}{% else %}-{% endfor %}", "[x0]-")]
    [InlineData("{% for k, v in {0: 'a', 512: 'b', 16: 'c'} | dictsort %}{{ k }}{{ v }}{% if 20 <= k %}!{% endif %}{% endfor %}",
        "0a16c512b!")]
    [InlineData("{{ {1: 'x'}[1.0] }}{{ {true: 'y'}[1] }}{{ {none: 'z'}[none] }}{{ {'a': 1}.b is defined }}", "xyzFalse")]
    [InlineData("{% filter upper | replace('B', '-') %}a{{ 'b' }}{% endfilter %}", "A-")]
    [InlineData("{% generation %}{% set x = 1 %}g{% endgeneration %}{{ x is defined }}", "gFalse")]
    [InlineData("{{ 'Hello {} {x:>4}|{0!r}'.format('a', x=1) }}{{ '%s: %05.1f%%' | format('t', 2.25) }}{{ '%d-%s' % (3, [1]) }}",
        "Hello a    1|'a't: 002.2%3-[1]")]
    [InlineData("{% set d = {'items': 5} %}{% for k, v in d.items() %}{{ k }}{% endfor %}{{ d['items'] }}", "items5")]
    [InlineData("{% set ns = namespace(items=[1]) %}{% set ns.items = ns.items + [2] %}{{ ns.items }}", "[1, 2]")]
    [InlineData("{{ 1 < 2 < 3 }}{{ 3 > 2 > 2 }}{{ -7 // 2 }}{{ 2 ** 3 }}{{ -1 | abs }}{{ 7 / 2 }}", "TrueFalse-4813.5")]
    [InlineData("{{ (1, 'a') }}{{ (1,) }}{{ {'a': [none, true, 1.0]} }}{{ [\"it's\"] }}", "(1, 'a')(1,){'a': [None, True, 1.0]}[\"it's\"]")]
    [InlineData("{{ {'b': 1, 'a': [1]} | tojson(indent=1, sort_keys=true) }}{{ [1, 2] | tojson(separators=(',', ':')) }}",
        "{\n \"a\": [\n  1\n ],\n \"b\": 1\n}[1,2]")]
    [InlineData("{% macro f(x) %}<{{ x }}{{ q is defined }}{{ caller() }}>{% endmacro %}{% for q in [1] %}{% call f(q) %}c{% endcall %}" +
        "{% endfor %}", "<1Falsec>")]
    [InlineData("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}{% raw %}{{ a }}{% endraw %}", "3False{{ a }}")]
    [InlineData("{{ messages | map(attribute='role') | unique | join(',') }}{{ ['b', 'A'] | sort | first }}{{ [3, 1] | max }}",
        "system,user,assistantA3")]
    [InlineData("{{ ['a', 'b'] | map('upper') | join }}{{ [1, 2, 3] | select('gt', 1) | list }}{{ [1, 2, 3] | reject('odd') | list }}",
        "AB[2, 3][2]")]
    [InlineData("{{ 'a\\nb' | indent(2) }}{{ 'x-y z' | title }}{{ 'a,b,c'.rsplit(',', 1) }}{{ 'abc'[::-1] }}",
        "a\n  bX-Y Z['a,b', 'c']cba")]
    [InlineData("{% set a, b = 1, 2 %}{% for x in a, b %}{{ loop.cycle('o', 'e') }}{{ x }}{{ loop.revindex0 }}{% endfor %}", "o11e20")]
    [InlineData("{{ \"\\x41\\u4e3b\" }}{{ 1_000 }}{{ 1e3 }}{{ 4 is divisibleby 2 }}{{ 1 is in [1] }}{{ none is sameas none }}",
        "A主10001000.0TrueTrueTrue")]
    public void Render_AsPythonsJinja_GivesTheExpectedText(string template, string expected) =>
        Assert.Equal(expected, new ChatTemplate(template).Render(Conversation));

    [Theory]
    [InlineData("{% for t in tools %}{% endfor %}", "loop over none")]
    [InlineData("{{ [1, 'a'] | sort }}", "cannot order")]
    [InlineData("{{ none < 1 }}", "cannot order none and a number")]
    [InlineData("{{ 1 in 'a1' }}", "needs a string")]
    [InlineData("{{ 'a' in none }}", "found none")]
    [InlineData("{% set d = {} %}{% set d.a = 1 %}", "is no namespace")]
    [InlineData("{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "1 arguments got 2")]
    [InlineData("{% macro f(a) %}{% endmacro %}{{ f(b=1) }}", "no argument 'b'")]
    [InlineData("{{ '%s %s' % 1 }}", "not enough arguments")]
    [InlineData("{{ '{}'.format() }}", "nothing for field 0")]
    public void Render_WhatPythonRefuses_IsRefused(string template, string said) => Assert.Contains(said,
        Assert.Throws<TemplateException>(() => new ChatTemplate(template).Render(Conversation)).Message, StringComparison.Ordinal);

    [Fact]
    public void Render_StrftimeNow_KeepsTheTextBetweenTheFields()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
        clock.SetLocalTimeZone(TimeZoneInfo.Utc);
        Assert.Equal("Date: 04 Mar 2026, 4 at 05:06%",
            new ChatTemplate("{{ strftime_now('Date: %d %b %Y, %-d at %H:%M%%') }}", clock).Render(Conversation));
    }

    [Theory]
    [InlineData("a\n{% include 'x' %}", 2, "'include'")]
    [InlineData("{{ messages | wordwrap }}", 1, "'wordwrap'")]
    [InlineData("\n\n{{ 1 is prime }}", 3, "'prime'")]
    [InlineData("{{ unknown_function(1) }}", 1, "'unknown_function'")]
    [InlineData("{{ nothing + 1 }}", 1, "undefined 'nothing'")]
    [InlineData("{{ nothing.deep }}", 1, "'nothing' is undefined")]
    [InlineData("{% if x %}", 1, "'if' without 'endif'")]
    [InlineData("{% for x in 5 %}{% endfor %}", 1, "loop over a number")]
    [InlineData("{{ 1 +", 1, "without '}}'")]
    [InlineData("{{ 'a' + 1 }}", 1, "cannot add")]
    [InlineData("{% for x in range(1000000000) %}{% endfor %}", 0, "range")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "macros nested")]
    public void Render_UnsupportedFeature_FailsNamingItAndItsLine(string template, int line, string said)
    {
        var error = Assert.Throws<TemplateException>(() => new ChatTemplate(template).Render(Conversation));
        Assert.Equal(line, error.Line);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Pieces of real templates cut, doubled and shuffled: a prompt or a TemplateException, within bounds, never anything else.
    /// </summary>
    [Fact]
    public void Render_RandomMutations_EndInAPromptOrATemplateException()
    {
        const string valid =
            "{%- set ns = namespace(n=0) %}{%- macro part(x, y='!') -%}[{{ x | trim }}{{ y }}]{%- endmacro %}{% for m in messages[1:] if " +
            "m.role != 'tool' %}{% if loop.first and m.content is string %}{{ '<s>' ~ m['role'] + part(m.content, y='?') }}{% elif " +
            "m.content.split('-')[-1] in ['a', 1, {'b': none}] %}{{ m | tojson(indent=2) }}{% else %}{%- set ns.n = ns.n + loop.index0 * " +
            "2 // 3 % 5 -%}{{ ns.n }}{% endif %}{% endfor %}{{ messages[::-1][0].content[:3] | upper | default('x') }}{% for i in " +
            "range(3) %}{{ i }}{% endfor %}{# c #}{% if add_generation_prompt and not missing is defined %}{{- raise_exception('no') if " +
            "false else 'go' }}{% endif %}";
        const string marks = "{}%-|()[].,'\"~=+*/:0a ";
        Gen.Select(Gen.Int[1, 8], Gen.Int).Sample((edits, seed) =>
        {
            var random = new Random(seed);
            var text = new System.Text.StringBuilder(valid);
            for (var i = 0; i < edits && text.Length > 1; i++)
            {
                var at = random.Next(text.Length);
                switch (random.Next(5))
                {
                    case 0: text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at)); break;
                    case 1: text.Insert(at, marks[random.Next(marks.Length)]); break;
                    case 2: text[at] = (char)random.Next(1, 0x300); break;
                    case 3: text.Insert(at, valid.AsSpan(random.Next(valid.Length - 30), random.Next(1, 30))); break;
                    default: text.Insert(at, text.ToString(random.Next(text.Length / 2), random.Next(text.Length / 2))); break;
                }
                if (text.Length > 4 * valid.Length) text.Length = 4 * valid.Length;
            }
            try
            {
                new ChatTemplate(text.ToString()).Render(Conversation);
            }
            catch (TemplateException)
            {
                // the stated outcome
            }
        }, iter: Fuzzing.Cases);
    }

    [Theory]
    [InlineData("{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for a in range(90) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% for a in range(90000) %}{% for b in range(900) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}")]
    [InlineData("{% set l = [1] %}{% for a in range(99999) %}{% for b in range(99999) %}{{ l.append(l) or '' }}{% endfor %}{% endfor %}")]
    [InlineData("{% set l = [1] %}{{ l.append(l) or '' }}{{ l | tojson }}")]
    [InlineData("{% set l = [1] %}{{ l.append(l) or '' }}{% set m = [1] %}{{ m.append(m) or '' }}{{ l == m }}")]
    [InlineData("{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for a in range(90) %}{% set ns.s = ns.s.replace('x', " +
        "'xxxxxxxxxxxxxxxx') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(l=[1, 2]) %}{% for a in range(90) %}{% set ns.l = ns.l + ns.l %}{% endfor %}")]
    [InlineData("{{ 'xxxxxxxx' * 99999999 }}")]
    [InlineData("{% set l = [1] %}{% for x in l if l.append(1) is none %}{% endfor %}")]
    public void Render_EndlessTemplate_IsStopped(string template) =>
        Assert.Throws<TemplateException>(() => new ChatTemplate(template).Render(Conversation));

    [Fact]
    public void Parse_DeepNesting_IsRefusedNotAStackOverflow() =>
        Assert.Throws<TemplateException>(() => new ChatTemplate("{{ " + new string('(', 100_000) + "1"));
}
